"""What the database is asked, as parts of the traces that are recorded, and how much of its pool is in use.

Statements hold names and placeholders only: what users entered travels beside them and is not told.
"""

from __future__ import annotations

from typing import Final

from opentelemetry.trace import Span
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.tracing import Tracing, mark_failed

_SPAN: Final = "tapedeck.span"
_LONGEST_STATEMENT: Final = 2_000


def observe_engine(engine: AsyncEngine, tracing: Tracing, metrics: Metrics) -> None:
    """Trace the statements of this engine, and count its connections."""
    _trace(engine.sync_engine, tracing)
    _count(engine.sync_engine, metrics)


def _trace(engine: Engine, tracing: Tracing) -> None:
    def begin(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        del cursor
        words = statement.split(maxsplit=1)
        about = {"db.system.name": "postgresql", "db.query.text": statement[:_LONGEST_STATEMENT]}
        span = tracing.start_part(words[0].upper() if words else "statement", about)
        if span is not None:
            connection.info[_SPAN] = span

    def end(connection: Connection, *_: object) -> None:
        span: Span | None = connection.info.pop(_SPAN, None)
        if span is not None:
            span.end()

    def fail(found: ExceptionContext) -> None:
        # without a connection, or with one that is lost, there is nothing to look at
        if found.connection is None or found.connection.invalidated or found.connection.closed:
            return
        span: Span | None = found.connection.info.pop(_SPAN, None)
        if span is not None:
            mark_failed(span, found.original_exception)
            span.end()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)


def _count(engine: Engine, metrics: Metrics) -> None:
    def taken(*_: object) -> None:
        if isinstance(engine.pool, QueuePool):
            metrics.pool_max.set(engine.pool.size())
            metrics.pool_in_use.set(engine.pool.checkedout())

    def given_back(*_: object) -> None:
        if isinstance(engine.pool, QueuePool):
            # told before it is back
            metrics.pool_in_use.set(engine.pool.checkedout() - 1)

    event.listen(engine, "checkout", taken)
    event.listen(engine, "checkin", given_back)

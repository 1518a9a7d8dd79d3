"""What the database is asked, as parts of the traces that are recorded, and how much of its pool is in use.

Statements hold names and placeholders only: what users entered travels beside them and is not told.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from adapters.platform.database.single import observe_single_reads
from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.tracing import Span, Tracing, mark_failed

_LONGEST_STATEMENT: Final = 2_000


def observe_engine(engine: AsyncEngine, tracing: Tracing, metrics: Metrics) -> None:
    """Trace the statements of this engine, and count its connections."""
    _trace(engine.sync_engine, tracing)
    _count(engine.sync_engine, metrics)


def _trace(engine: Engine, tracing: Tracing) -> None:
    def begin_part(statement: str) -> Span | None:
        words = statement.split(maxsplit=1)
        about = {"db.system.name": "postgresql", "db.query.text": statement[:_LONGEST_STATEMENT]}
        return tracing.start_part(words[0].upper() if words else "statement", about)

    def begin_single(statement: str) -> Callable[[BaseException | None], None] | None:
        span = begin_part(statement)
        return None if span is None else partial(_end, span)

    # by the execution, and not in what a connection keeps: SQLAlchemy asks a new session its first questions over one
    # that keeps nothing, and takes an error of ours there for an answer
    spans: WeakKeyDictionary[ExecutionContext, Span] = WeakKeyDictionary()

    def begin(
        _: Connection, cursor: object, statement: str, values: object, run: ExecutionContext | None, *_more: object
    ) -> None:
        del cursor, values
        span = None if run is None else begin_part(statement)
        if run is not None and span is not None:
            spans[run] = span

    def end(
        _: Connection, cursor: object, statement: str, values: object, run: ExecutionContext | None, *_more: object
    ) -> None:
        del cursor, statement, values
        end_of(run, None)

    def fail(found: ExceptionContext) -> None:
        end_of(found.execution_context, found.original_exception)

    def end_of(run: ExecutionContext | None, error: BaseException | None) -> None:
        span = None if run is None else spans.pop(run, None)
        if span is not None:
            _end(span, error)

    observe_single_reads(engine, begin_single)
    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)


def _end(span: Span, error: BaseException | None) -> None:
    if error is not None:
        mark_failed(span, error)
    span.end()


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

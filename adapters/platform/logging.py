"""Structured logs: JSON for machines or coloured lines for people, one shape for our own and for libraries' lines.

Request and event ids travel in context variables. Bodies, tokens and what users entered are never logged:
database errors lose the details in which PostgreSQL quotes rows.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from adapters.platform.settings import TelemetrySettings

_QUOTING = ("DETAIL:", "CONTEXT:", "LINE ", "[SQL:", "[parameters:")
# what went wrong with much data may well quote it
_LONGEST_LINE = 1_000


def configure_logging(telemetry: TelemetrySettings) -> None:
    """Send everything that is logged to standard error in the configured shape; call once per process."""
    shared: Sequence[Processor] = (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_quotes,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if telemetry.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(telemetry.log_level.upper())
    for name in ("alembic", "httpcore", "httpx", "sqlalchemy"):
        # these tell of every URL, header and statement
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_quotes(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    del logger, method
    trace = event.get("exception")
    if isinstance(trace, str):
        lines = (line[:_LONGEST_LINE] for line in trace.splitlines() if not line.startswith(_QUOTING))
        event["exception"] = "\n".join(lines)
    return event

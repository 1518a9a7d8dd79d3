"""Structured logs: JSON for machines or coloured lines for people, one shape for our own and for libraries' lines.

Request and trace ids travel in context variables. Bodies, tokens and what users entered are never logged: see
`adapters.platform.telemetry.redaction`.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from adapters.platform.settings import TelemetrySettings
from adapters.platform.telemetry.redaction import mask_event, told
from adapters.platform.telemetry.request_lines import request_in_hand
from adapters.platform.telemetry.tracing import current_trace_id


def configure_logging(telemetry: TelemetrySettings) -> None:
    """Send everything that is logged to standard error in the configured shape; call once per process."""
    shared: Sequence[Processor] = (
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_ids,
        structlog.processors.ExceptionRenderer(told),
        mask_event,
    )
    level = logging.getLevelNamesMapping()[telemetry.log_level.upper()]
    renderers: Sequence[Processor] = (
        (_as_json,)
        if telemetry.log_format == "json"
        else (structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()), _as_bytes)
    )
    # our own lines go straight out: the standard library would look for the caller of each, at ten times the price
    structlog.configure(
        processors=[*shared, *renderers],
        logger_factory=lambda *name: structlog.BytesLogger(sys.stderr.buffer, name=name[0] if name else None),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderers[0], _as_text],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("alembic", "httpcore", "httpx", "sqlalchemy"):
        # these tell of every URL, header and statement
        logging.getLogger(name).setLevel(logging.WARNING)


def _with_ids(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    del logger, method
    request_id = request_in_hand.get()
    if request_id is not None:
        event["request_id"] = request_id
    trace_id = current_trace_id()
    if trace_id is not None:
        event["trace_id"] = trace_id
    return event


def _as_json(logger: WrappedLogger, method: str, event: EventDict) -> bytes:
    del logger, method
    try:
        return msgspec.json.encode(event, enc_hook=repr)
    except (UnicodeEncodeError, TypeError):
        # half of a character that somebody sent, or a key that is no text
        return json.dumps(event, default=repr).encode()


def _as_bytes(logger: WrappedLogger, method: str, event: EventDict | str) -> bytes:
    del logger, method
    return str(event).encode(errors="backslashreplace")


def _as_text(logger: WrappedLogger, method: str, event: EventDict | str | bytes) -> str:
    del logger, method
    return event.decode() if isinstance(event, bytes) else str(event)

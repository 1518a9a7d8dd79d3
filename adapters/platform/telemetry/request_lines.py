"""A line in the log for each request, in the shape of all other lines."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, Literal, final

import msgspec
import structlog
from msgspec import Struct

from adapters.platform.settings import TelemetrySettings
from adapters.platform.telemetry.tracing import current_trace_id

# every line that is written meanwhile bears its id
request_in_hand: Final = ContextVar[str | None]("request_in_hand", default=None)
_LOGGER: Final = "tapedeck.http"
_LEVEL: Final = "info"
_EVENT: Final = "request"


class _Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    method: str
    path: str
    status: int
    milliseconds: float
    request_id: str
    event: Literal["request"]
    level: Literal["info"]
    logger: str
    timestamp: datetime
    trace_id: str | None = None


@final
class RequestLines:
    """Writes them straight out.

    There is one for every request, nothing in it needs to be masked, and the processors of other lines would cost as
    much as everything else that is done around an answer.
    """

    def __init__(self, telemetry: TelemetrySettings) -> None:
        self._is_json = telemetry.log_format == "json"
        self._is_wanted = logging.getLevelNamesMapping()[telemetry.log_level.upper()] <= logging.INFO
        self._encoder = msgspec.json.Encoder()

    def write(self, *, method: str, path: str, status: int, seconds: float, request_id: str) -> None:
        """Write one; `path` is the template of the path, as a path itself may hold what nobody should read."""
        if not self._is_wanted:
            return
        milliseconds = round(seconds * 1000, 1)
        if not self._is_json:
            structlog.get_logger(_LOGGER).info(
                _EVENT, method=method, path=path, status=status, milliseconds=milliseconds
            )
            return
        line = _Line(
            method=method,
            path=path,
            status=status,
            milliseconds=milliseconds,
            request_id=request_id,
            event=_EVENT,
            level=_LEVEL,
            logger=_LOGGER,
            timestamp=datetime.now(UTC),
            trace_id=current_trace_id(),
        )
        stream = sys.stderr.buffer
        stream.write(self._encoder.encode(line) + b"\n")
        stream.flush()

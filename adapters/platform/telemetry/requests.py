"""Each request as it is seen from outside: a line, a span, a count, a time, and a row of the usage log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, final

from opentelemetry.trace import SpanKind

from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.request_lines import RequestLines, request_in_hand
from adapters.platform.telemetry.tracing import Scene, Tracing
from adapters.platform.telemetry.usage_log import Call, UsageLog
from application.shared.telemetry import RequestInHand, RequestTelemetry
from domain.shared.access import Actor

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SERVER_ERROR: Final = 500
_FLUSH_AFTER_S: Final = 0.5


@final
class ObservedRequests(RequestTelemetry):
    """Tells the log, traces, metrics and the usage log."""

    def __init__(self, tracing: Tracing, metrics: Metrics, usage: UsageLog | None, lines: RequestLines) -> None:
        self._tracing = tracing
        self._metrics = metrics
        self._usage = usage
        self.lines = lines
        self._is_due = False

    def begin(self, request_id: str, method: str, traceparent: str | None) -> RequestInHand:
        """Begin its span, which becomes the one in hand."""
        method = method if method in _METHODS else "OTHER"
        return _InHand(self, request_id, method, self._tracing.begin(method, SpanKind.SERVER, traceparent))

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Count a WebSocket for the length of the block."""
        self._metrics.websocket_connections.inc()
        try:
            yield
        finally:
            self._metrics.websocket_connections.dec()

    def given_again(self) -> None:
        """Count a hit among the answers that the process keeps; the request itself lets it be seen."""
        self._metrics.answers_given_again += 1

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that has ended; other processes see it within half a second."""
        self._metrics.count_request(method, route, status, seconds)
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_later(_FLUSH_AFTER_S, self._flush)

    def _flush(self) -> None:
        self._is_due = False
        self._metrics.flush()

    def note(self, call: Call) -> None:
        """Put a call of somebody into the usage log."""
        if self._usage is not None:
            self._usage.add(call)


@final
class _InHand(RequestInHand):
    __slots__ = ("_id", "_method", "_requests", "_scene")

    def __init__(self, requests: ObservedRequests, request_id: str, method: str, scene: Scene) -> None:
        self._requests = requests
        self._id = request_id
        request_in_hand.set(request_id)
        self._method = method
        self._scene = scene

    def end(
        self,
        *,
        route: str,
        status: int,
        seconds: float,
        actor: Actor | None = None,
        address: str | None = None,
    ) -> None:
        """Log and count it, and end its span."""
        self._requests.lines.write(method=self._method, path=route, status=status, seconds=seconds, request_id=self._id)
        span = self._scene.span
        if span is not None:
            span.name = f"{self._method} {route}"
            span.tell(
                {
                    "http.request.method": self._method,
                    "http.route": route,
                    "http.response.status_code": status,
                    "tapedeck.request_id": self._id,
                }
            )
            if status >= _SERVER_ERROR or not status:
                span.fail()
        self._scene.end()
        request_in_hand.set(None)
        self._requests.count(self._method, route, status, seconds)
        if actor is not None:
            self._requests.note(Call(self._id, actor, self._method, route, status, seconds, address))

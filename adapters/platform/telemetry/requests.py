"""Each request as it is seen from outside: a span, a count, a time, and a row of the usage log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Token
from typing import Final, TypeAlias, final
from uuid import UUID

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from prometheus_client import Counter, Histogram

from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.tracing import Tracing
from adapters.platform.telemetry.usage_log import Call, UsageLog
from application.shared.telemetry import RequestInHand, RequestTelemetry
from domain.shared.access import Actor

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SERVER_ERROR: Final = 500
_Numbers: TypeAlias = tuple[Counter, Histogram]


@final
class ObservedRequests(RequestTelemetry):
    """Tells traces, metrics and the usage log."""

    def __init__(self, tracing: Tracing, metrics: Metrics, usage: UsageLog | None) -> None:
        self._tracing = tracing
        self._metrics = metrics
        self._usage = usage
        # as many as there are routes and statuses: finding a metric by its labels costs more than counting
        self._numbers: dict[tuple[str, str, int], _Numbers] = {}

    def begin(self, method: str, traceparent: str | None) -> RequestInHand:
        """Begin its span, which becomes the one in hand."""
        method = method if method in _METHODS else "OTHER"
        span = self._tracing.begin(method, SpanKind.SERVER, traceparent)
        return _InHand(self, method, span, context.attach(trace.set_span_in_context(span)))

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Count a WebSocket for the length of the block."""
        self._metrics.websocket_connections.inc()
        try:
            yield
        finally:
            self._metrics.websocket_connections.dec()

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that has ended."""
        key = method, route, status
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = (
                self._metrics.http_requests.labels(method, route, str(status)),
                self._metrics.http_request_duration.labels(method, route),
            )
        found[0].inc()
        found[1].observe(seconds)

    def note(self, call: Call) -> None:
        """Put a call of somebody into the usage log."""
        if self._usage is not None:
            self._usage.add(call)


@final
class _InHand(RequestInHand):
    __slots__ = ("_method", "_requests", "_span", "_token")

    def __init__(self, requests: ObservedRequests, method: str, span: Span, token: Token[Context]) -> None:
        self._requests = requests
        self._method = method
        self._span = span
        self._token = token

    def end(
        self,
        *,
        route: str,
        status: int,
        seconds: float,
        request_id: UUID,
        actor: Actor | None = None,
        address: str | None = None,
    ) -> None:
        """End its span and count it."""
        span = self._span
        if span.is_recording():
            span.update_name(f"{self._method} {route}")
            span.set_attributes(
                {
                    "http.request.method": self._method,
                    "http.route": route,
                    "http.response.status_code": status,
                    "tapedeck.request_id": str(request_id),
                }
            )
            if status >= _SERVER_ERROR or not status:
                span.set_status(Status(StatusCode.ERROR))
            span.end()
        context.detach(self._token)
        self._requests.count(self._method, route, status, seconds)
        if actor is not None:
            self._requests.note(Call(request_id, actor, self._method, route, status, seconds, address))

"""What is seen of the service from outside: the ports through which entry points tell of requests.

Traces, metrics and logs are the adapters' business. Nothing that a request or an answer holds passes here.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, final
from uuid import UUID

from domain.shared.access import Actor


class RequestInHand(Protocol):
    """One request from its first byte to the last of its answer."""

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
        """Tell how it went; `route` is the template of the path, so that there are as many as there are routes."""
        ...


class RequestTelemetry(Protocol):
    """Is told of every request and connection; it never waits and never raises."""

    def begin(self, method: str, traceparent: str | None) -> RequestInHand:
        """Begin a request; what happens until its end is part of its trace, which may be a caller's."""
        ...

    def connection(self) -> AbstractContextManager[None]:
        """Count a WebSocket for the length of the block."""
        ...


class MetricsPage(Protocol):
    """The numbers of all processes that share theirs with this one."""

    async def __call__(self) -> bytes:
        """Return them in Prometheus' text format."""
        ...


@final
class NoTelemetry(RequestTelemetry):
    """Tells nobody."""

    def begin(self, method: str, traceparent: str | None) -> RequestInHand:
        """Begin nothing."""
        del method, traceparent
        return _UNSEEN

    def connection(self) -> AbstractContextManager[None]:
        """Count nothing."""
        return nullcontext()


@final
class _Unseen(RequestInHand):
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
        del route, status, seconds, request_id, actor, address


_UNSEEN = _Unseen()

"""What is seen of the service from outside: the ports through which entry points tell of requests.

Traces, metrics and logs are the adapters' business. Nothing that a request or an answer holds passes here.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol, final

from domain.shared.access import Actor


class RequestInHand(Protocol):
    """One request from its first byte to the last of its answer."""

    def end(
        self,
        *,
        route: str,
        status: int,
        seconds: float,
        actor: Actor | None = None,
        address: str | None = None,
    ) -> None:
        """Tell how it went; `route` is the template of the path, so that there are as many as there are routes."""
        ...


class RequestTelemetry(Protocol):
    """Is told of every request and connection; it never waits and never raises."""

    def begin(self, request_id: str, method: str, traceparent: str | None) -> RequestInHand:
        """Begin a request; what happens until its end bears its id and belongs to its trace, maybe a caller's."""
        ...

    def connection(self) -> AbstractContextManager[None]:
        """Count a WebSocket for the length of the block."""
        ...

    def given_again(self) -> None:
        """Count an answer that was kept and not made."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamNumbers:
    """What a process streams: connections and subscriptions as they are, everything else since it began."""

    connections: int
    subscriptions: int
    deliveries: int
    conflated: int
    dropped: int
    lost: int
    slow_closes: int


class StreamTelemetry(Protocol):
    """Is told how streaming goes; it never waits and never raises."""

    def numbers(self, numbers: StreamNumbers) -> None:
        """Tell how it stands, about once a second."""
        ...

    def lag(self, seconds: float) -> None:
        """Tell how long it took from the arrival of ticks until they were given to all who follow them."""
        ...


@final
class NoStreamTelemetry(StreamTelemetry):
    """Tells nobody."""

    def numbers(self, numbers: StreamNumbers) -> None:
        """Tell nothing."""

    def lag(self, seconds: float) -> None:
        """Tell nothing."""


class MetricsPage(Protocol):
    """The numbers of all processes that share theirs with this one."""

    async def __call__(self) -> bytes:
        """Return them in Prometheus' text format."""
        ...


@final
class NoTelemetry(RequestTelemetry):
    """Tells nobody."""

    def begin(self, request_id: str, method: str, traceparent: str | None) -> RequestInHand:
        """Begin nothing."""
        del request_id, method, traceparent
        return _UNSEEN

    def connection(self) -> AbstractContextManager[None]:
        """Count nothing."""
        return nullcontext()

    def given_again(self) -> None:
        """Count nothing."""


@final
class _Unseen(RequestInHand):
    def end(
        self,
        *,
        route: str,
        status: int,
        seconds: float,
        actor: Actor | None = None,
        address: str | None = None,
    ) -> None:
        del route, status, seconds, actor, address


_UNSEEN = _Unseen()

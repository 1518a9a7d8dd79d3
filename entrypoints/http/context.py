"""What is known about the request in hand: its id, when it came in, and from where. Set by the outermost layer."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import Enum

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct


class Exchange(Struct, frozen=True):
    """One request and its answer. The id is ours; what a client calls it is echoed, never used.

    `address` is the client's, None where it has none; `headers` are added to the answer, whoever gives it.
    """

    request_id: str
    received_at: datetime
    address: str | None = None
    headers: list[tuple[bytes, bytes]] = []


_NONE = Exchange("", datetime.min.replace(tzinfo=UTC))
_current: ContextVar[Exchange] = ContextVar("exchange", default=_NONE)


def method_of(scope: Mapping[str, object]) -> str:
    """Return the method of a request, in a way that does not ask which kind of connection it is."""
    method = scope.get("method", "")
    # Litestar's own enumeration of methods prints as `HttpMethod.GET`
    return str(method.value if isinstance(method, Enum) else method)


def template_of(scope: Mapping[str, object]) -> str:
    """Return the path of the route that the request met, with names for its parameters."""
    return str(scope.get("path_template", "unknown"))


def stays_open(scope: Mapping[str, object]) -> bool:
    """Tell whether the answer goes on as things happen, by the option of the handler that the request met."""
    handler = scope.get("route_handler")
    return isinstance(handler, HTTPRouteHandler) and "stays_open" in handler.opt


def begin_exchange(exchange: Exchange) -> None:
    """Make this the exchange of the current task and of all tasks that it starts."""
    _current.set(exchange)


def exchange() -> Exchange:
    """Return the exchange of the current task."""
    return _current.get()

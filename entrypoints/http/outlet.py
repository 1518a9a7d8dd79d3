"""Answers that are there as a whole leave in one piece: head and body in one write, the head's lines written by us.

uvicorn takes each header apart and looks at it again, which costs as much as making many an answer. A server that can
take a whole answer says so in the scope, as an extension of ASGI; any other is sent the two usual messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from litestar.types import HTTPScope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_EXTENSION: Final = "tapedeck.outlet"
_ITSELF: Final = "itself"


@final
class Outlet:
    """The way out for the answer to one request."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def give(self, status: int, lines: bytes, body: bytes) -> bool:
        """Send the answer whose head has these lines; return False, with nothing sent, where the usual way is needed.

        That is so once something was sent, while the client is slow to read, and when it has gone.
        """
        cycle = self._cycle
        if cycle.response_started or cycle.disconnected or cycle.access_log or cycle.flow.write_paused:
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        parts = [STATUS_LINE[status]]
        for name, value in cycle.default_headers:
            parts += (name, b": ", value, b"\r\n")
        parts += (lines, b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n", body)
        cycle.transport.write(b"".join(parts))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()
        return True


def extension(cycle: RequestResponseCycle) -> dict[str, dict[object, object]]:
    """Return what a scope says of the way out."""
    return {_EXTENSION: {_ITSELF: Outlet(cycle)}}


def outlet_of(scope: HTTPScope) -> Outlet | None:
    """Return the way out that the server offers, None if it offers none."""
    try:
        offered = scope["extensions"]
    except KeyError:
        return None
    if not offered:
        return None
    ours: Mapping[object, object] = offered.get(_EXTENSION, {})
    found = ours.get(_ITSELF)
    return found if isinstance(found, Outlet) else None

"""The routes around the stream: tickets for it, and the same as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from litestar import get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler
from msgspec import Meta, Struct

from application.identity.issue_stream_ticket import IssueStreamTicket
from application.identity.streams import StreamPass
from domain.shared.access import Actor
from entrypoints.http.auth import TICKET, Entry, Renewal
from entrypoints.http.envelope import Success, success
from entrypoints.http.event_outlet import EventOutlet
from entrypoints.http.types import Instant
from entrypoints.websocket.connection import positions
from entrypoints.websocket.limits import MOST_CHANNELS
from entrypoints.websocket.messages import (
    DEFAULT_CONFLATE_MS,
    LARGEST_SEQUENCE,
    LONGEST_CHANNEL,
    MOST_CONFLATE_MS,
    CloseCode,
    Subscribe,
)
from entrypoints.websocket.streams import Streams

MEDIA_TYPE: Final = "text/event-stream"
LONGEST_S: Final = 3_600
# as many names as a connection follows, of the longest there are, with what stands between and after them
_LONGEST_CHANNELS: Final = MOST_CHANNELS * (LONGEST_CHANNEL + len(",")) - len(",")
_LONGEST_POSITION: Final = MOST_CHANNELS * (LONGEST_CHANNEL + len(f"={LARGEST_SEQUENCE} ")) - len(" ")
_LONGEST_TICKET: Final = 100
_EVENTS: Final = {
    MEDIA_TYPE: {
        # each event of the stream is like this
        "schema": {
            "type": "object",
            "properties": {
                "event": {"type": "string", "description": "The type of the message, such as `update`."},
                "id": {"type": "string", "description": "How far all channels are; send it as `Last-Event-ID`."},
                "data": {
                    "type": "string",
                    "description": "The message as JSON, as `/schema/asyncapi.json` describes it.",
                    "contentMediaType": "application/json",
                },
            },
            "required": ["event", "data"],
        },
        "example": {
            "event": "snapshot",
            "data": '{"type":"snapshot","channel":"market:AAPL","sequence":0,"data":null}',
        },
    }
}


class TicketBody(Struct, rename="camel", kw_only=True):
    """A ticket: connect to `/api/v1/stream?ticket=…` or `/api/v1/stream/events?ticket=…` with it, once and soon."""

    ticket: Annotated[str, Meta(description="Good once.", examples=["TU7cR2nX0eV9w1yBq3sD5fG7hJ9kL2zX4cV6bN8mQ0w"])]
    expires_at: Annotated[Instant, Meta(description="When it is worth nothing any more.")]


@post(
    "/stream/tickets",
    tags=["stream"],
    opt={"no_idempotency": True},
    cache_control=CacheControlHeader(no_store=True),
)
async def issue_a_stream_ticket(
    actor: NamedDependency[Actor],
    renewal: NamedDependency[Renewal],
    issue_stream_ticket: NamedDependency[IssueStreamTicket],
) -> Success[TicketBody]:
    """Get a ticket for the stream.

    A page of a browser can send no header with a WebSocket or an EventSource: it connects to
    `/api/v1/stream?ticket=…` or `/api/v1/stream/events?ticket=…` instead. A ticket opens one connection within 30
    seconds; the connection lasts as long as the token with which the ticket was asked for, and a WebSocket is renewed
    with a message.
    """
    ticket = await issue_stream_ticket(actor, renewal.token)
    return success(TicketBody(ticket=ticket.text, expires_at=ticket.expires_at))


@dataclass(frozen=True, slots=True)
class _Listening:
    """One reader of server-sent events."""

    streams: Streams
    granted: StreamPass
    subscribe: Subscribe
    seconds: int

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the stream; the reader is a connection like any other for as long as it reads."""
        outlet = EventOutlet()
        connection = self.streams.let_in(self.granted, outlet)
        end = asyncio.get_running_loop().call_later(self.seconds, outlet.end, CloseCode.DONE)
        try:
            connection.welcome()
            connection.subscribe(self.subscribe)
            if not connection.channels:
                # why is told; nothing else ever would be
                outlet.end(CloseCode.DONE)
            async for event in outlet.events():
                yield event
        finally:
            end.cancel()
            self.streams.see_off(connection)


@get("/stream/events", tags=["stream"], media_type=MEDIA_TYPE, opt={"stays_open": True, "answer": _EVENTS, **TICKET})
async def listen_to_the_stream(
    *,
    entry: NamedDependency[Entry],
    streams: NamedDependency[Streams],
    channels: Annotated[
        Annotated[str, Meta(min_length=1, max_length=_LONGEST_CHANNELS, examples=["market:AAPL,user"])],
        QueryParameter(description="What to follow, separated by commas: `market:` and a symbol, or `user`."),
    ],
    conflate_ms: Annotated[
        Annotated[int, Meta(ge=0, le=MOST_CONFLATE_MS, examples=[DEFAULT_CONFLATE_MS])],
        QueryParameter(name="conflateMs", description="At most one update of a channel in so many milliseconds."),
    ] = DEFAULT_CONFLATE_MS,
    seconds: Annotated[
        Annotated[int, Meta(ge=1, le=LONGEST_S, examples=[60])],
        QueryParameter(description="End after so many seconds; whoever comes back goes on where it was."),
    ] = LONGEST_S,
    last_event_id: Annotated[
        Annotated[str, Meta(max_length=_LONGEST_POSITION)] | None,
        HeaderParameter(
            name="Last-Event-ID",
            description="The `id` of the last event that was seen, to go on from there: `channel=sequence` with spaces "
            "between two, so that a client may also say what it knows itself.",
        ),
    ] = None,
    last_seen: Annotated[
        Annotated[str, Meta(max_length=_LONGEST_POSITION)] | None,
        QueryParameter(
            name="lastEventId",
            description="The same, from who can send no header; what an EventSource says itself is newer, and wins.",
        ),
    ] = None,
    ticket: Annotated[
        Annotated[str, Meta(max_length=_LONGEST_TICKET)] | None,
        QueryParameter(description="From `POST /api/v1/stream/tickets`, instead of the header `Authorization`."),
    ] = None,
) -> Stream:
    """Follow the market and your own events.

    The messages are those of the WebSocket `/api/v1/stream`, for clients that cannot have one. The stream ends when
    the token does, or when the process does, after a `goodbye`: come back with `Last-Event-ID`. Where nothing of what
    was asked for can be followed, it says why and ends. An EventSource of a browser brings a ticket in the address; as
    that is good once, it needs a new EventSource, with another ticket, to come back.
    """
    del ticket  # taken, and worth nothing any more, before it comes here
    granted = entry if isinstance(entry, StreamPass) else await streams.doors.open_stream(entry)
    streams.check_room(granted.actor.user_id)
    seen = last_event_id or last_seen or ""
    wanted = [name for name in channels.split(",") if name]
    subscribe = Subscribe(id=0, channels=wanted, conflate_ms=conflate_ms, after=dict(positions(seen)))
    # the media type of a Stream gives way to that of its handler, a header does not
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(_Listening(streams, granted, subscribe, seconds).events(), media_type=MEDIA_TYPE, headers=headers)


ROUTES: Sequence[ControllerRouterHandler] = [issue_a_stream_ticket, listen_to_the_stream]

"""`WS /api/v1/stream`: one client on a WebSocket, from the handshake to the close code."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from time import monotonic
from typing import Any, Final, cast, final
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from application.identity.streams import StreamPass
from domain.identity.secrets import AccessToken
from domain.shared.errors import TapedeckError, Unauthenticated, Unavailable
from entrypoints.websocket.connection import Connection
from entrypoints.websocket.frames import MARKET, Frame
from entrypoints.websocket.limits import BURST_S, CLOSE_WITHIN_S
from entrypoints.websocket.messages import (
    CLOSE_REASONS,
    Authenticate,
    ClientMessage,
    CloseCode,
    Error,
    ErrorCode,
    Ping,
    Pong,
    Renew,
    Renewed,
    Subscribe,
    Unsubscribe,
)
from entrypoints.websocket.streams import Streams, TooManyConnections
from entrypoints.websocket.subscriber import Delivery

# ASGI as servers and frameworks describe it, each in types of their own
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

_PATH: Final = re.compile(r"/api/v1/(?:stream(?:/quotes)?|market/realtime/(?P<symbols>[^/]{1,2000}))/?")
_LONGEST_REASON: Final = 120
_decoder: Final = msgspec.json.Decoder(ClientMessage)


class _Closed(Exception):
    """The conversation is over; `code` is what the client is told, None where it is gone already."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


@final
class StreamEndpoint:
    """Serves WebSockets. Pages of other origins than our own and `allowed_origins` may not connect."""

    def __init__(self, streams: Streams, allowed_origins: frozenset[str]) -> None:
        self._streams = streams
        self._allowed_origins = allowed_origins

    # a scope holds whatever the server knows
    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection."""
        place = _PATH.fullmatch(str(scope["path"]))
        await receive()
        if place is None:
            await _refuse(send)
            return
        headers = {bytes(name): bytes(value) for name, value in scope["headers"]}
        talk = _Talk(self._streams, receive, send)
        await send({"type": "websocket.accept"})
        if not self._is_ours(headers):
            await talk.close(CloseCode.FOREIGN_ORIGIN)
            return
        ticket = parse_qs(bytes(scope["query_string"]).decode("latin-1")).get("ticket", [None])[0]
        symbols = place["symbols"]
        # what is held while a connection lasts is held ten thousand times
        del place, headers, scope
        await talk.run(ticket, [] if symbols is None else unquote(symbols).split(","))

    def _is_ours(self, headers: Mapping[bytes, bytes]) -> bool:
        origin = headers.get(b"origin")
        if origin is None:
            return True  # no page of a browser: they always tell
        text = origin.decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        return text in self._allowed_origins or "*" in self._allowed_origins or urlsplit(text).netloc == host


@final
class _Talk:
    """One conversation."""

    __slots__ = ("_allowance", "_connection", "_counted_at", "_ending", "_receive", "_send", "_streams", "_task")

    def __init__(self, streams: Streams, receive: Receive, send: Send) -> None:
        self._streams = streams
        self._receive = receive
        self._send = send
        self._task = asyncio.current_task()
        self._ending: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._allowance = float(streams.limits.messages_per_second * BURST_S)
        self._counted_at = monotonic()

    def deliver(self, frame: Frame) -> Delivery:
        """Return what sends one message."""
        # a server's `send` is a coroutine function; one more of our own around it would cost as much as the hub does
        return cast("Delivery", self._send(frame.event))

    def end(self, code: int) -> None:
        """Close the connection, however slow the client is."""
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end(code))

    async def run(self, ticket: str | None, symbols: list[str]) -> None:
        """Talk until one of both is done."""
        try:
            granted = await self._signed_in(ticket)
            self._connection = self._let_in(granted)
            self._connection.welcome()
            if symbols:
                self._connection.subscribe(Subscribe(id=0, channels=[MARKET + symbol for symbol in symbols]))
            while True:
                await self._answer(self._connection, await self._next())
        except _Closed as closed:
            if closed.code is not None:
                await self.close(closed.code, closed.reason)
        except OSError:
            pass  # gone while it was told something
        except asyncio.CancelledError:
            if self._ending is None:
                raise
        finally:
            if self._connection is not None:
                self._streams.see_off(self._connection)

    async def close(self, code: int, reason: str = "") -> None:
        """Say why it is over, to a client that takes it."""
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                told = (reason or CLOSE_REASONS[code])[:_LONGEST_REASON]
                await self._send({"type": "websocket.close", "code": code, "reason": told})
        except (OSError, RuntimeError, TimeoutError):
            return  # gone, or closed already, or not reading

    async def _end(self, code: int) -> None:
        await self.close(code)
        if self._task is not None:
            self._task.cancel()

    async def _signed_in(self, ticket: str | None) -> StreamPass:
        try:
            if ticket is not None:
                return await self._streams.doors.redeem_ticket(ticket)
            async with asyncio.timeout(self._streams.limits.authenticate_within_s):
                message = await self._next()
            if not isinstance(message, Authenticate):
                raise _Closed(CloseCode.SIGNED_OUT, "Send authenticate first, with an access token.")
            return await self._streams.doors.open_stream(AccessToken(message.token))
        except TimeoutError:
            raise _Closed(CloseCode.SILENT) from None
        except Unauthenticated as error:
            raise _Closed(CloseCode.SIGNED_OUT, error.message) from None
        except Unavailable as error:
            raise _Closed(CloseCode.RESTART, error.message) from None

    def _let_in(self, granted: StreamPass) -> Connection:
        try:
            return self._streams.let_in(granted, self)
        except TooManyConnections as error:
            raise _Closed(CloseCode.TOO_MUCH, error.message) from None
        except Unavailable as error:
            raise _Closed(CloseCode.RESTART, error.message) from None

    async def _next(self) -> ClientMessage:
        """Return the next message; raise _Closed at the end, for one that cannot be read, and for too many."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise _Closed(None)
        text: object = event.get("text")
        if not isinstance(text, str):
            raise _Closed(CloseCode.UNREADABLE, "Messages are JSON in text.")
        self._count()
        if len(text) > self._streams.limits.frame_bytes:
            raise _Closed(CloseCode.TOO_LARGE)
        try:
            # the decoder's type is a union, which is no class to one of the type checkers
            return cast("ClientMessage", _decoder.decode(text))
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            raise _Closed(CloseCode.UNREADABLE, str(error)) from None

    def _count(self) -> None:
        rate, now = self._streams.limits.messages_per_second, monotonic()
        self._allowance = min(rate * BURST_S, self._allowance + (now - self._counted_at) * rate) - 1
        self._counted_at = now
        if self._allowance < 0:
            raise _Closed(CloseCode.TOO_MUCH, f"A connection sends {rate} messages a second at most.")

    async def _answer(self, connection: Connection, message: ClientMessage) -> None:
        match message:
            case Subscribe():
                connection.subscribe(message)
            case Unsubscribe():
                connection.unsubscribe(message)
            case Renew():
                await self._renew(connection, message)
            case Ping():
                connection.send(Pong(id=message.id))
            case Authenticate():
                connection.send(
                    Error(code=ErrorCode.SIGNED_IN_ALREADY, message="To go on with another token, send renew.")
                )

    async def _renew(self, connection: Connection, message: Renew) -> None:
        try:
            granted = await self._streams.doors.open_stream(AccessToken(message.token))
            connection.renew(granted)
        except TapedeckError as error:
            connection.send(Error(id=message.id, code=error.code, message=error.message))
        else:
            connection.send(Renewed(id=message.id, expires_at=granted.expires_at))


async def _refuse(send: Send) -> None:
    """Answer the handshake of a path that is none."""
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "websocket.http.response.start", "status": 404, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"There is no stream at this path."})

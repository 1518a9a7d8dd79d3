"""The stream: one connection after another, told as one row of items in which nothing is missing unsaid.

There is no task in the background and no buffer without bound: the reader's own `async for` drives the connection,
so that a reader who is slow slows the server's sending, which then leaves out ticks that newer ones replace.
Where something on the way refuses WebSockets, the same messages come as server-sent events.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self, final
from urllib.parse import urlencode

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from tapedeck_client.access import Access
from tapedeck_client.errors import Refused, SignedOut, StreamRefused, Unreachable, Unreadable
from tapedeck_client.events import TOO_MANY, NotLetIn, listening, parted
from tapedeck_client.following import Following, Hole
from tapedeck_client.messages import Connected, Disconnected, Item, Refusal
from tapedeck_client.records import Record, decoded
from tapedeck_client.rest import PREFIX, seconds
from tapedeck_client.waiting import BackOff, Waits

_PATH: Final = f"{PREFIX}/stream"
_NOT_SIGNED_IN: Final = 4401
# what is refused for what this program is or says would be refused again
_FINAL: Final = frozenset({4400, 4403, 4413})
# what is answered by whatever knows no WebSockets: a proxy, or a server to whom it told no more than the address
_STATUS_FINAL: Final = frozenset({400, 403, 404, 405, 426, 501})
_UNAUTHENTICATED: Final = 401
_SIGNED_OUT: Final = "unauthenticated"
_REFUSED_TOKENS: Final = 2
_CHANNELS_A_MESSAGE: Final = 100
_LARGEST_FRAME: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """How a stream behaves: what is told of a symbol within `conflate_ms` is told once, the latest wins.

    `with_ticket` puts a ticket, good once and for seconds, into the URL instead of sending the token as the first
    message. A connection is given up when nothing was heard for `silence_s`, of which the server fills at most 20.
    With `falls_back`, a stream to which no WebSocket gets through goes on as server-sent events; what is added to it or
    removed is then followed over another connection.
    """

    conflate_ms: int = 200
    with_ticket: bool = False
    falls_back: bool = True
    silence_s: float = 60.0
    open_s: float = 10.0
    waits: Waits = field(default_factory=Waits)


@dataclass(frozen=True, slots=True)
class _Goodbye:
    """Why the server is about to close, and when to come back."""

    reason: str
    retry_in_s: float

    @classmethod
    def read(cls, message: Record) -> _Goodbye:
        return cls(message.text("reason"), message.whole("retryAfterMs") / 1000)


class _Broken(Exception):
    """The connection is over and another may be had."""

    def __init__(self, reason: str, code: int | None = None, retry_in_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.retry_in_s = retry_in_s


@final
class Stream:
    """Use it as `async with ... as items: async for item in items`, in one task; others may add and remove."""

    def __init__(
        self, url: str, access: Access, channels: Iterable[str], *, after: Mapping[str, int], options: StreamOptions
    ) -> None:
        # http becomes ws and https wss
        self._url = f"ws{url.removeprefix('http')}{_PATH}"
        self._events_url = f"{url}{_PATH}/events"
        self._has_events = False
        self._changed = asyncio.Event()
        self._patience: asyncio.Timeout | None = None
        self._access = access
        self._options = options
        self._following = Following(channels, after)
        self._numbers = itertools.count(1)
        self._asked: dict[int, Sequence[str]] = {}
        self._socket: ClientConnection | None = None
        self._token = ""
        self._goodbye: _Goodbye | None = None
        self._refused_tokens = 0
        self._items = self._connections()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._items.aclose()

    def __aiter__(self) -> AsyncIterator[Item]:
        """Yield items until the block ends; raises SignedOut or StreamRefused where no other attempt would help."""
        return self._items

    @property
    def positions(self) -> Mapping[str, int]:
        """The last sequence number of each channel, with which `after` goes on in another process."""
        return self._following.positions

    async def add(self, *symbols: str) -> None:
        """Follow these too, now or when the connection is back."""
        channels = [f"market:{symbol}" for symbol in symbols]
        self._following.want(channels)
        self._tell_reader()
        if self._socket is not None:
            await self._subscribe(self._socket, channels)

    async def remove(self, *symbols: str) -> None:
        """Follow these no longer; by the names that items have."""
        channels = [f"market:{symbol}" for symbol in symbols]
        self._following.drop(channels)
        self._tell_reader()
        if self._socket is not None and channels:
            await self._say(self._socket, {"type": "unsubscribe", "id": next(self._numbers), "channels": channels})

    # --- connections, one after another -----------------------------------------------------------------------------

    async def _connections(self) -> AsyncGenerator[Item, None]:
        back_off = BackOff(self._options.waits)
        while True:
            began = time.monotonic()
            try:
                async with aclosing(self._events() if self._has_events else self._connection()) as items:
                    async for item in items:
                        yield item
            except _Broken as broken:
                wait_s = back_off.next_s(time.monotonic() - began, broken.retry_in_s)
                yield Disconnected(reason=broken.reason, code=broken.code, retry_in_s=wait_s)
                await asyncio.sleep(wait_s)

    async def _connection(self) -> AsyncGenerator[Item, None]:
        """Yield what one connection tells; ends with _Broken, or with an error that ends all."""
        self._goodbye = None
        try:
            self._token = await self._access.token()
            async with (
                connect(
                    await self._address(),
                    open_timeout=self._options.open_s,
                    close_timeout=1,
                    # small messages, encoded once for all readers
                    compression=None,
                    max_size=_LARGEST_FRAME,
                    user_agent_header="tapedeck-client",
                    proxy=None,
                ) as socket,
                aclosing(self._messages(socket)) as items,
            ):
                async for item in items:
                    yield item
        except ConnectionClosed as closed:
            code, said = (None, "") if closed.rcvd is None else (closed.rcvd.code, closed.rcvd.reason)
            raise await self._closed(code, said) from closed
        except InvalidStatus as refused:
            status = refused.response.status_code
            if status in _STATUS_FINAL and self._options.falls_back:
                self._has_events = True
                raise _Broken(f"no WebSocket gets through (status {status})", None, 0.0) from refused
            raise await self._not_let_in(status, refused.response.headers.get("Retry-After")) from refused
        except (Unreachable, OSError, WebSocketException) as error:
            # a TimeoutError is an OSError
            raise _Broken(str(error) or type(error).__name__) from error
        except Refused as refused:
            raise _Broken(str(refused), None, refused.retry_after_s) from refused
        except (Unreadable, Hole) as error:
            # what it was is unknown, so all since the last known is asked for again
            raise _Broken(str(error)) from error
        finally:
            self._socket = None
            self._asked.clear()

    async def _address(self) -> str:
        if not self._options.with_ticket:
            return self._url
        return f"{self._url}?{urlencode({'ticket': await self._access.ticket()})}"

    async def _closed(self, code: int | None, said: str) -> Exception:
        """Return what follows from the end of a connection."""
        if code in _FINAL:
            return StreamRefused(code or 0, said)
        if code == _NOT_SIGNED_IN:
            await self._renew()
        if self._goodbye is None:
            return _Broken(said or "the connection ended", code)
        return _Broken(self._goodbye.reason, code, self._goodbye.retry_in_s)

    async def _not_let_in(self, status: int, retry_after: str | None) -> Exception:
        if status in _STATUS_FINAL:
            return StreamRefused(status, "the server has no stream for this program here")
        if status == _UNAUTHENTICATED:
            await self._renew()
        return _Broken(f"status {status}", None, seconds(retry_after))

    async def _renew(self) -> None:
        """Get another token for the next connection; raise SignedOut if that cannot be or did not help."""
        self._refused_tokens += 1
        if self._refused_tokens > _REFUSED_TOKENS:
            raise SignedOut("The stream refuses tokens that were just given out.")
        try:
            await self._access.renewed(self._token)
        except (Unreachable, Refused) as error:
            raise _Broken(str(error)) from error

    # --- one response of server-sent events -------------------------------------------------------------------------

    async def _events(self) -> AsyncGenerator[Item, None]:
        """Yield what one response tells; ends as a connection does, and when something else is followed."""
        self._goodbye = None
        try:
            while not self._following.wanted:
                await self._changed.wait()
                self._changed.clear()
            self._token = await self._access.token()
            self._changed.clear()
            wanted = self._following.wanted
            wanted, rest = parted(wanted, self._following.after(wanted))
            self._following.drop(rest)
            for channel in rest:
                yield Refusal(channel=channel, code=TOO_MANY, message="A request for events has no room for it.")
            self._asked = {0: wanted}
            async with (
                listening(
                    self._events_url,
                    self._token,
                    wanted,
                    self._following.after(wanted),
                    conflate_ms=self._options.conflate_ms,
                    open_s=self._options.open_s,
                    silence_s=self._options.silence_s,
                ) as messages,
                aclosing(messages),
            ):
                while (message := await self._next_event(messages)) is not None:
                    for item in await self._hear(message):
                        yield item
        except NotLetIn as refused:
            raise await self._not_let_in(refused.status, refused.retry_after) from refused
        except (Unreachable, OSError, httpx.HTTPError) as error:
            raise _Broken(str(error) or type(error).__name__) from error
        except Refused as refused:
            raise _Broken(str(refused), None, refused.retry_after_s) from refused
        except (Unreadable, Hole) as error:
            raise _Broken(str(error)) from error
        finally:
            self._asked.clear()
        raise await self._closed(None, "")

    async def _next_event(self, messages: AsyncGenerator[Record, None]) -> Record | None:
        """Return the next message, None at the end; a token that gets old, and a change, need another response."""
        patience_s = 0.0 if self._changed.is_set() else self._access.renew_in_s()
        try:
            async with asyncio.timeout(patience_s) as self._patience:
                return await anext(messages, None)
        except TimeoutError:
            reason = "what is followed has changed" if self._changed.is_set() else "the token gets old"
            raise _Broken(reason, None, 0.0) from None
        finally:
            self._patience = None

    async def _hear(self, message: Record) -> list[Item]:
        match message.text("type"):
            case "welcome":
                self._refused_tokens = 0
                return [Connected(connection=message.text("connection"))]
            case "error" if message.text("code") == _SIGNED_OUT and not message.has("id"):
                await self._renew()
                raise _Broken(message.text("message"), _NOT_SIGNED_IN)
            case _:
                return await self._take(None, message)

    def _tell_reader(self) -> None:
        """Let a reader of events have another response, which follows what is followed now."""
        self._changed.set()
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time())

    # --- one connection ---------------------------------------------------------------------------------------------

    async def _messages(self, socket: ClientConnection) -> AsyncGenerator[Item, None]:
        if not self._options.with_ticket:
            await self._say(socket, {"type": "authenticate", "token": self._token})
        async with asyncio.timeout(self._options.open_s):
            welcome = await self._let_in(socket)
        self._refused_tokens = 0
        yield Connected(connection=welcome.text("connection"))
        self._socket = socket
        await self._subscribe(socket, self._following.wanted)
        while True:
            for item in await self._take(socket, await self._next(socket)):
                yield item

    async def _let_in(self, socket: ClientConnection) -> Record:
        """Return the welcome; a server that is about to end says goodbye instead, and closes."""
        while (message := await _received(socket)).text("type") != "welcome":
            if message.text("type") == "goodbye":
                self._goodbye = _Goodbye.read(message)
        return message

    async def _next(self, socket: ClientConnection) -> Record:
        """Return the next message; meanwhile a token that is getting old is exchanged."""
        end = time.monotonic() + self._options.silence_s
        while True:
            renew_in_s = self._access.renew_in_s()
            if renew_in_s == 0:
                self._token = await self._access.token()
                await self._say(socket, {"type": "renew", "id": next(self._numbers), "token": self._token})
                continue
            left_s = end - time.monotonic()
            try:
                async with asyncio.timeout(left_s if renew_in_s is None else min(left_s, renew_in_s)):
                    return await _received(socket)
            except TimeoutError:
                if time.monotonic() >= end:
                    raise _Broken(f"nothing was heard for {self._options.silence_s:g} s") from None

    async def _take(self, socket: ClientConnection | None, message: Record) -> list[Item]:
        """Do what a message asks for and return what the reader is told of it; unknown ones mean nothing here."""
        match message.text("type"):
            case "snapshot" | "update" | "gap" | "event":
                return list(self._following.take(message))
            case "subscribed":
                return list(self._subscribed(message))
            case "error":
                return list(self._refused(message))
            case "ping" if socket is not None:
                await self._say(socket, {"type": "ping", "id": next(self._numbers)})
            case "goodbye":
                self._goodbye = _Goodbye.read(message)
            case _:
                pass
        return []

    async def _subscribe(self, socket: ClientConnection, channels: Sequence[str]) -> None:
        for begin in range(0, len(channels), _CHANNELS_A_MESSAGE):
            some = channels[begin : begin + _CHANNELS_A_MESSAGE]
            number = next(self._numbers)
            self._asked[number] = some
            asked = {"type": "subscribe", "id": number, "channels": some, "conflateMs": self._options.conflate_ms}
            after = self._following.after(some)
            await self._say(socket, {**asked, "after": after} if after else asked)

    def _subscribed(self, message: Record) -> Iterator[Item]:
        asked = self._asked.pop(message.whole("id"), [])
        self._following.rename(asked, message.texts("channels"))
        for refused in message.records("refused"):
            yield Refusal(channel=refused.text("channel"), code=refused.text("code"), message=refused.text("message"))

    def _refused(self, message: Record) -> Iterator[Item]:
        asked: Sequence[str] = self._asked.pop(message.whole("id"), []) if message.has("id") else []
        self._following.drop(asked)
        code, told = message.text("code"), message.text("message")
        if not asked:
            # of a channel that stays followed, or of none
            yield Refusal(channel=message.text_or_none("channel"), code=code, message=told)
        for channel in asked:
            yield Refusal(channel=channel, code=code, message=told)

    async def _say(self, socket: ClientConnection, message: Mapping[str, object]) -> None:
        # a connection that has ended is noticed by whoever reads, after what came last, such as a goodbye
        with suppress(ConnectionClosed):
            await socket.send(json.dumps(message, separators=(",", ":")))


async def _received(socket: ClientConnection) -> Record:
    frame = await socket.recv()
    if isinstance(frame, bytes):
        raise Unreadable("A frame of bytes came, where only texts are spoken.")
    return decoded(frame)

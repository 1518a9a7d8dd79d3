"""A stream on a real socket that does what it is told, connection by connection, and remembers what clients said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeAlias, cast, final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

LOOPBACK: Final = "127.0.0.1"
PATIENCE_S: Final = 60.0
Said: TypeAlias = Mapping[str, object]


@final
class Talk:
    """One connection as the server has it."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        self.path = "" if socket.request is None else socket.request.path
        self.said: list[Said] = []

    async def hear(self, kind: str) -> Said:
        """Return the next message of this kind; others before it are remembered too."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                # clients of this suite say objects
                message = cast("dict[str, object]", json.loads(await self._socket.recv()))
                self.said.append(message)
                if message["type"] == kind:
                    return message

    async def say(self, kind: str, /, **members: object) -> None:
        """Send a message."""
        await self.send(json.dumps({"type": kind, **members}))

    async def send(self, frame: str | bytes) -> None:
        """Send a frame as it is."""
        await self._socket.send(frame)

    async def close(self, code: int, reason: str = "") -> None:
        """Close in order."""
        await self._socket.close(code, reason)

    def abort(self) -> None:
        """Break off without a word."""
        self._socket.transport.abort()

    async def stay(self) -> None:
        """Hold the connection until the client leaves, and remember what it says."""
        with suppress(ConnectionClosed):
            async for frame in self._socket:
                # clients of this suite say objects
                self.said.append(cast("dict[str, object]", json.loads(frame)))

    async def welcome(self, *, authenticate: bool = True) -> Said:
        """Let the client in and return what it subscribes to, which is granted."""
        if authenticate:
            await self.hear("authenticate")
        await self.say("welcome", connection="c-1", user="user:7", expiresAt="2026-01-30T10:00:00Z", limits={})
        asked = await self.hear("subscribe")
        channels = cast("list[str]", asked["channels"])  # as above
        named = ["user:7" if name == "user" else name for name in channels]
        await self.say("subscribed", id=asked["id"], channels=named, refused=[])
        return asked


Behaviour: TypeAlias = Callable[[Talk], Awaitable[None]]


@dataclass
class FakeStream:
    """What it will do, one behaviour a connection and the last one for ever, and how it went."""

    url: str = ""
    script: list[Behaviour] = field(default_factory=list[Behaviour])
    refusals: list[tuple[int, Mapping[str, str]]] = field(default_factory=list[tuple[int, Mapping[str, str]]])
    talks: list[Talk] = field(default_factory=list[Talk])
    failures: list[BaseException] = field(default_factory=list[BaseException])

    def will(self, *behaviours: Behaviour) -> None:
        """Do these, connection by connection."""
        self.script = list(behaviours)

    def will_not_let_in(self, status: int, **headers: str) -> None:
        """Answer the next handshake with this status; names of headers with underscores for hyphens."""
        self.refusals.append((status, {name.replace("_", "-"): value for name, value in headers.items()}))

    async def serve(self, socket: ServerConnection) -> None:
        """Serve one connection."""
        talk = Talk(socket)
        self.talks.append(talk)
        try:
            await self.script[min(len(self.talks), len(self.script)) - 1](talk)
            await talk.stay()
        except ConnectionClosed:
            # the client has left, which is its right
            return
        except Exception as failure:
            self.failures.append(failure)
            raise

    def judge(self, _: ServerConnection, __: Request) -> Response | None:
        """Refuse the handshake if that is what comes next."""
        if not self.refusals:
            return None
        status, headers = self.refusals.pop(0)
        return Response(status, HTTPStatus(status).phrase, Headers(headers))


@asynccontextmanager
async def streaming() -> AsyncIterator[FakeStream]:
    """A stream for the length of the block; what went wrong inside it is raised at the end."""
    fake = FakeStream()
    server: Server = await serve(
        fake.serve, LOOPBACK, 0, process_request=fake.judge, ping_interval=None, close_timeout=PATIENCE_S
    )
    port: int = next(iter(server.sockets)).getsockname()[1]
    fake.url = f"http://{LOOPBACK}:{port}"
    try:
        yield fake
    finally:
        server.close()
        await server.wait_closed()
    if fake.failures:
        raise fake.failures[0]


def tick(last: str, **members: object) -> Said:
    """A tick that costs this."""
    return {
        "symbol": "AAPL",
        "provider": "simulator",
        "asOf": "2026-01-30T09:15:00Z",
        "receivedAt": "2026-01-30T09:15:00.01Z",
        "currency": "USD",
        "simulated": True,
        "last": last,
        **members,
    }

"""Clients of Redis for limiters, and a wire to it that can be held, cut, or made to swallow the answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal, final
from urllib.parse import parse_qs, unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

LOOPBACK = "127.0.0.1"


def open_redis(url: str) -> Redis:
    """Return a client that tries once."""
    return Redis.from_url(url, retry=Retry(NoBackoff(), 0))  # pyright: ignore[reportUnknownMemberType] - its keywords have no types


@final
class Wire:
    """Carries bytes between a client and Redis: `open`; `held`, nothing arrives; `mute`, no answer comes back."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._writers: list[asyncio.StreamWriter] = []
        self._opened = asyncio.Event()
        self._opened.set()
        self.state: Literal["open", "held", "mute"] = "open"
        self.port = 0

    @property
    def url(self) -> str:
        """Where the client's end is."""
        database = parse_qs(self._target.query).get("db", ["0"])[0]
        return f"redis://:{self._target.password or ''}@{LOOPBACK}:{self.port}/{database}"

    def set(self, state: Literal["open", "held", "mute"]) -> None:
        """Change how bytes are carried from now on."""
        self.state = state
        if state == "held":
            self._opened.clear()
        else:
            self._opened.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        if self._target.scheme == "unix":
            far_reader, far_writer = await asyncio.open_unix_connection(unquote(self._target.path))
        else:
            far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers += [writer, far_writer]
        await asyncio.gather(
            self._copy(reader, far_writer, is_answer=False), self._copy(far_reader, writer, is_answer=True)
        )

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                await self._opened.wait()
                if not (is_answer and self.state == "mute"):
                    writer.write(data)
                    await writer.drain()
        writer.close()

    def cut(self) -> None:
        """Close every connection."""
        for writer in self._writers:
            writer.close()
        self._writers = []


@asynccontextmanager
async def wired(url: str) -> AsyncIterator[Wire]:
    """A wire to this Redis for the length of the block."""
    wire = Wire(url)
    server = await asyncio.start_server(wire.carry, LOOPBACK, 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        wire.set("open")
        server.close()
        wire.cut()
        await server.wait_closed()

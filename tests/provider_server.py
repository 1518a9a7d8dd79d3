"""A provider on a real socket that does what it is told, request by request: for every adapter that calls outside."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeAlias

Behaviour: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class FakeProvider:
    """What it was asked, and what it will do: one behaviour a request, the last one for ever."""

    url: str
    script: list[Behaviour] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    def will(self, *behaviours: Behaviour) -> None:
        """Do these from the next request on."""
        self.received.clear()
        self.script = list(behaviours)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side has had enough."""
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while not writer.is_closing():
                    self.received.append(await _read(reader))
                    await self.script[min(len(self.received), len(self.script)) - 1](writer)
                    await writer.drain()
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(first.split()[1], headers, body)


@asynccontextmanager
async def providing(tls: ssl.SSLContext | None = None) -> AsyncIterator[FakeProvider]:
    """A provider for the length of the block; it and all its connections end with it."""
    fake = FakeProvider("")
    under_way: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way.add(task)
        try:
            await fake.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            under_way.discard(task)

    server = await asyncio.start_server(serve, LOOPBACK, 0, ssl=tls)
    port: int = server.sockets[0].getsockname()[1]
    fake.url = f"{'https' if tls else 'http'}://{LOOPBACK}:{port}"
    try:
        yield fake
    finally:
        server.close()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await server.wait_closed()


@dataclass(frozen=True, eq=False)
class Answer:
    """A whole answer, which whoever holds it can look into."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    async def __call__(self, writer: asyncio.StreamWriter) -> None:
        """Write it."""
        writer.write(head(self.status, {"content-length": str(len(self.body)), **self.headers}) + self.body)


def answer(status: int, body: bytes = b"{}", **headers: str) -> Answer:
    """Answer with this; names of headers with underscores for hyphens."""
    return Answer(status, body, headers)


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """Write the head of an answer."""
    told = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}\r\n".encode("latin-1")


async def hang(writer: asyncio.StreamWriter) -> None:
    """Say nothing, for ever."""
    await writer.drain()
    await asyncio.Event().wait()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Reset the connection."""
    plug: socket.socket = writer.get_extra_info("socket")
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    await asyncio.sleep(0)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close the connection without a word."""
    writer.close()
    await asyncio.sleep(0)


async def drip(writer: asyncio.StreamWriter) -> None:
    """Promise much and send a byte now and then."""
    writer.write(head(200, {"content-length": "100000"}))
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)  # the fault itself


def flood(size: int, **headers: str) -> Behaviour:
    """Send so many bytes without saying beforehand how many."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, {"connection": "close", **headers}))
        with suppress(ConnectionError):
            for _ in range(size // 100_000):
                writer.write(b" " * 100_000)
                await writer.drain()
        writer.close()

    return behave


def cut_off(body: bytes, missing: int = 1) -> Behaviour:
    """Hang up before the last bytes of what was promised."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, {"content-length": str(len(body) + missing)}) + body)
        await writer.drain()
        writer.close()

    return behave


def bomb(size: int) -> bytes:
    """Return a small gzip that unpacks to so many bytes."""
    return gzip.compress(bytes(size))

"""A real server on a real socket, as `tapedeck api` starts it, in the loop of the test."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import uvicorn

from entrypoints.http.protocol import GuardedProtocol
from entrypoints.http.sockets import GuardedSocket

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back before the server closed the connection or fell silent."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server listens."""

    port: int

    async def send(self, data: bytes, *, patience_s: float = 60.0) -> Answer | None:
        """Send bytes as they are and read one answer; None if the server closed without one."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        try:
            async with asyncio.timeout(patience_s):
                try:
                    writer.write(data)
                    await writer.drain()
                except ConnectionError:
                    pass  # refused while it was still being sent: the answer may be there all the same
                return await _read(reader)
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Answer | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(first.split()[1]), headers, body)


@asynccontextmanager
async def listening(
    app: object,
    protocol: type[GuardedProtocol] = GuardedProtocol,
    *,
    sockets: type[GuardedSocket] | None = None,
    ping_s: float = 20.0,
) -> AsyncIterator[Listening]:
    """Serve the application on a free port of the loopback device for the length of the block."""
    listener = socket.create_server((LOOPBACK, 0))
    port: int = listener.getsockname()[1]
    config = uvicorn.Config(
        cast("Any", app),  # uvicorn describes ASGI in words of its own
        http=protocol,
        ws=sockets or "none",
        ws_max_size=65_536,
        ws_per_message_deflate=False,
        ws_ping_interval=ping_s,
        ws_ping_timeout=ping_s,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        # the socket listens already: whoever connects waits in its queue until the server has started
        yield Listening(port)
    finally:
        server.should_exit = True
        await serving

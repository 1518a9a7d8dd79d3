"""A proxy that lets requests through and no WebSocket, as some between people and the world are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.hostile.server import LOOPBACK

_REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_LONGEST_HEAD = 65_536


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(_LONGEST_HEAD):
            writer.write(part)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def without_websockets(port: int) -> AsyncIterator[str]:
    """Return the URL of a proxy before this port."""
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            if b"upgrade: websocket" in head.lower():
                writer.write(_REFUSAL)
                writer.close()
                return
            there, back = await asyncio.open_connection(LOOPBACK, port)
            try:
                back.write(head)
                await asyncio.gather(_carry(reader, back), _carry(there, writer))
            finally:
                for each in (back, writer):
                    each.close()
                    with suppress(OSError):
                        await each.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    server = await asyncio.start_server(begin, LOOPBACK, 0)
    try:
        yield f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

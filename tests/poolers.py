"""A pooler that hands out a server session for each transaction, as unkindly as it may: never the same one on purpose.

It speaks PostgreSQL's protocol. Each client that connects brings one server session along; from then on all sessions
are everybody's, and each transaction gets one at random. Like PgBouncer it refuses clients that set options at the
start. What one leaves behind in a session, another finds.
"""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias, final
from urllib.parse import quote

from sqlalchemy import URL, make_url

_SSL, _GSS = 80877103, 80877104
_ASKS_BACK: Final = frozenset({3, 5, 10, 11})
_IDLE: Final = b"I"


@dataclass(frozen=True, slots=True)
class _End:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def message(self) -> tuple[bytes, bytes]:
        """Read one message; return its kind and all of it."""
        head = await self.reader.readexactly(5)
        (length,) = struct.unpack("!I", head[1:])
        return head[:1], head + await self.reader.readexactly(length - 4)

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)


_Free: TypeAlias = "list[_End]"


@final
@dataclass(slots=True)
class Pooler:
    """The sessions that nobody uses at the moment."""

    server: URL
    chance: random.Random
    free: _Free = field(default_factory=list)
    all: _Free = field(default_factory=list)
    handed_out: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client until it goes."""
        client = _End(reader, writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            try:
                if await self._greet(client):
                    await self._work(client)
            finally:
                writer.close()

    async def _greet(self, client: _End) -> bool:
        while True:
            (length,) = struct.unpack("!I", await client.reader.readexactly(4))
            body = await client.reader.readexactly(length - 4)
            if struct.unpack("!I", body[:4])[0] not in {_SSL, _GSS}:
                break
            client.send(b"N")
        if b"\0options\0" in body[3:]:
            refusal = b"SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
            client.send(b"E" + struct.pack("!I", len(refusal) + 4) + refusal)
            return False
        session = await self._connect()
        session.send(struct.pack("!I", length) + body)
        while True:
            kind, message = await session.message()
            client.send(message)
            if kind == b"R" and struct.unpack("!I", message[5:9])[0] in _ASKS_BACK:
                session.send((await client.message())[1])
            if kind in {b"Z", b"E"}:
                break
        self.free.append(session)
        return kind == b"Z"

    async def _connect(self) -> _End:
        folder = self.server.query.get("host")
        if isinstance(folder, str):
            session = _End(*await asyncio.open_unix_connection(Path(folder, ".s.PGSQL.5432")))
        else:
            session = _End(*await asyncio.open_connection(self.server.host, self.server.port or 5432))
        self.all.append(session)
        return session

    async def _work(self, client: _End) -> None:
        """Bring each transaction of the client to a session of its own."""
        inbox: asyncio.Queue[bytes] = asyncio.Queue()
        feeding = asyncio.create_task(_feed(client, inbox))
        try:
            message = await inbox.get()
            while message:
                session = self.free.pop(self.chance.randrange(len(self.free)))
                self.handed_out += 1
                message = await self._relay(session, client, message, inbox)
                self.free.append(session)
                message = message or await inbox.get()
        finally:
            feeding.cancel()

    async def _relay(self, session: _End, client: _End, first: bytes, inbox: asyncio.Queue[bytes]) -> bytes:
        """Bring one transaction to its end; return what came meanwhile of the next."""
        session.send(first)
        answering = asyncio.create_task(self._answer(session, client))
        while not answering.done():
            asking = asyncio.create_task(inbox.get())
            await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                asking.cancel()
            elif answering.done():
                return asking.result()
            elif asking.result():
                session.send(asking.result())
            else:
                answering.cancel()
                raise ConnectionError("the client left in the middle of a transaction; its session goes with it")
        answering.result()
        return b""

    async def _answer(self, session: _End, client: _End) -> None:
        while True:
            kind, message = await session.message()
            client.send(message)
            if kind == b"Z" and message[5:6] == _IDLE:
                return


async def _feed(client: _End, inbox: asyncio.Queue[bytes]) -> None:
    """Put the client's messages where they can be waited for; an empty one says that it has gone."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while (message := await client.message())[0] != b"X":
            inbox.put_nowait(message[1])
    inbox.put_nowait(b"")


@asynccontextmanager
async def pooled(server_url: str) -> AsyncIterator[tuple[str, Pooler]]:
    """Start a pooler before the server; give the URL that leads through it, and the pooler."""
    server = make_url(server_url)
    pooler = Pooler(server, random.Random(8))  # noqa: S311 - shuffles, guards nothing
    serving = await asyncio.start_server(pooler.serve, "127.0.0.1", 0)
    try:
        port = serving.sockets[0].getsockname()[1]
        user, password = quote(server.username or ""), quote(str(server.password or ""))
        yield f"postgresql://{user}:{password}@127.0.0.1:{port}/{server.database}?gssencmode=disable", pooler
    finally:
        serving.close()
        for session in pooler.all:
            session.writer.close()

"""Opens WebSockets to providers of the settings, under the same rule as calls: without TLS only to the own network.

What goes wrong, at the opening or later, is one error in our words, which quotes no address: keys may be part of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Final, Protocol, final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from adapters.platform.http_client.addresses import Reach, are_allowed
from adapters.platform.http_client.connecting import resolve

_OPEN_S: Final = 10.0
_PING_S: Final = 20.0
_CLOSE_S: Final = 2.0
_LARGEST_BYTES: Final = 4 * 1024 * 1024
_DEFAULT_PORTS: Final = {"wss": 443, "ws": 80}


class SocketLost(Exception):
    """There is no connection, or no more; the message says why without quoting anybody."""


class Socket(Protocol):
    """A connection that carries messages; each method raises SocketLost."""

    async def send(self, message: str) -> None:
        """Send one."""
        ...

    async def receive(self) -> str | bytes:
        """Return the next one."""
        ...

    async def close(self) -> None:
        """End it: whoever waits to receive is told."""
        ...


@final
class _Opened(Socket):
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, message: str) -> None:
        with _losses():
            await self._connection.send(message)

    async def receive(self) -> str | bytes:
        with _losses():
            return await self._connection.recv()

    async def close(self) -> None:
        with _losses():
            await self._connection.close()


@asynccontextmanager
async def open_socket(url: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[Socket]:
    """Open a connection for the length of the block; raise SocketLost."""
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    with _losses():
        addresses = await resolve(parts.hostname or "", port)
        if not are_allowed(Reach.CONFIGURED, "https" if parts.scheme == "wss" else "http", addresses):
            raise SocketLost("without TLS only machines of the own network are spoken to")
        connection = await connect(
            url,
            additional_headers=headers,
            open_timeout=_OPEN_S,
            ping_interval=_PING_S,
            ping_timeout=_PING_S,
            close_timeout=_CLOSE_S,
            max_size=_LARGEST_BYTES,
            # prices are short, and packing them costs more than it saves
            compression=None,
            proxy=None,
        )
    try:
        yield _Opened(connection)
    finally:
        await connection.close()


@contextmanager
def _losses() -> Iterator[None]:
    try:
        yield
    except (WebSocketException, OSError, TimeoutError, UnicodeError) as error:
        raise SocketLost(type(error).__name__) from error

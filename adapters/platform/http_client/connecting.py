"""Opens connections to the machines that may be called, and to no others."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeAlias, final

import httpcore
import httpx

from adapters.platform.http_client.addresses import Address, Reach, are_allowed
from adapters.platform.resilience.failures import Permanent, Reason

Resolve: TypeAlias = Callable[[str, int], Awaitable[list[Address]]]

MOST_CONNECTIONS: Final = 100
_MOST_IDLE: Final = 20
# shorter than servers keep idle connections, so that few requests meet one that is being closed
_IDLE_S: Final = 4.0
_MOST_ADDRESSES: Final = 4


async def resolve(host: str, port: int) -> list[Address]:
    """Return the addresses of a name, as the system tells them, or raise OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # a scope, as in fe80::1%eth0, is no part of what is judged
    return [ipaddress.ip_address(str(place[4][0]).partition("%")[0]) for place in found]


@final
class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves a name once, judges all its addresses, and connects to one of those."""

    def __init__(
        self, reach: Reach, scheme: str, *, resolve: Resolve = resolve, network: httpcore.AsyncNetworkBackend
    ) -> None:
        self._reach = reach
        self._scheme = scheme
        self._resolve = resolve
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect, or raise Permanent with `forbidden_address` before anything has left."""
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("The name is not known.") from error
        if not are_allowed(self._reach, self._scheme, addresses):
            raise Permanent(Reason.FORBIDDEN_ADDRESS, "This machine may not be called from here.")
        failure = httpcore.ConnectError("The name has no address.")
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = httpcore.ConnectError(type(error).__name__)
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._network.sleep(seconds)


@final
class GuardedTransport(httpx.AsyncBaseTransport):
    """A pool of connections through a guarded network; it raises what httpcore raises."""

    def __init__(self, network: GuardedNetwork, tls: ssl.SSLContext) -> None:
        # keyed by name and not by address: a certificate is checked for the name that is called
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=_MOST_IDLE,
            keepalive_expiry=_IDLE_S,
            network_backend=network,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the answer, whose body is still to be read."""
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


@final
class _Body(httpx.AsyncByteStream):
    """The body on its way."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer
        self._pieces = answer.aiter_stream()

    def __aiter__(self) -> _Body:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self._pieces)

    async def aclose(self) -> None:
        await self._answer.aclose()

"""The one client for HTTP to the outside. It sends one request and reads one answer, within limits, and judges nothing.

It follows no redirects, reads no proxy or password from the environment, keeps no cookies, and never puts a URL into a
message: the paths and queries of many vendors hold their keys.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, TypeVar, final

import httpcore
import httpx
import msgspec

from adapters.platform.http_client.addresses import Reach, is_allowed_target
from adapters.platform.http_client.bodies import ACCEPTED, read_body
from adapters.platform.http_client.connecting import GuardedNetwork, GuardedTransport, Resolve, resolve
from adapters.platform.http_client.times import retry_after
from adapters.platform.resilience.failures import Permanent, Reason, Retryable, Unknown

T = TypeVar("T")

MOST_BYTES: Final = 10_000_000
_CONNECT_S: Final = 3.0
_PORTS: Final = {"http": 80, "https": 443}
_AGENT: Final = "tapedeck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent. It shows nothing of itself but the method, as the rest may hold secrets."""

    method: str
    url: str = field(repr=False)
    query: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, whatever it means: names of headers in lower case, the body whole and unpacked."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    retry_after_s: float | None = None

    def json(self, kind: type[T]) -> T:
        """Return the body as this type, or raise Unknown with `unreadable`: cut off, a web page, or of another form."""
        if "html" in self.headers.get("content-type", "").lower():
            raise Unknown(Reason.UNREADABLE, "The answer is a web page and not data.", status=self.status)
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            # what msgspec says of it may quote the vendor
            raise Unknown(Reason.UNREADABLE, "The answer is not the JSON it should be.", status=self.status) from error


@final
class HttpClient:
    """Sends requests; one for each reach, shared by all providers of a process. Each request has a total time.

    Raises the failures of `adapters.platform.resilience`: Retryable if surely nothing was sent, Unknown if something
    was and no whole answer came back, Permanent if the request may not leave. A status is no failure here.
    """

    def __init__(
        self,
        reach: Reach,
        *,
        timeout_s: float = 30.0,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._reach = reach
        self._timeout_s = timeout_s
        self._tls = tls
        self._resolve = resolve
        self._network = network
        self._now = now
        self._opened: httpx.AsyncClient | None = None

    async def send(self, request: Request) -> Reply:
        """Send the request once and return the whole answer."""
        timeout = asyncio.timeout(self._timeout_s)
        try:
            async with timeout:
                return await self._send(request)
        except TimeoutError as error:
            if not timeout.expired():
                raise
            raise Unknown(Reason.TIMEOUT, f"There was no whole answer in {self._timeout_s:g} s.") from error

    async def aclose(self) -> None:
        """Close all connections."""
        if self._opened is not None:
            await self._opened.aclose()

    @property
    def _client(self) -> httpx.AsyncClient:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> httpx.AsyncClient:
        tls = self._tls or httpx.create_ssl_context()
        wires = self._network or _network()

        def through(scheme: str) -> GuardedTransport:
            return GuardedTransport(GuardedNetwork(self._reach, scheme, resolve=self._resolve, network=wires), tls)

        return httpx.AsyncClient(
            mounts={f"{scheme}://": through(scheme) for scheme in _PORTS},
            timeout=httpx.Timeout(None, connect=_CONNECT_S, pool=_CONNECT_S),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"accept-encoding": ACCEPTED, "user-agent": _AGENT},
            follow_redirects=False,
            trust_env=False,
        )

    async def _send(self, request: Request) -> Reply:
        built = self._built(request)
        async with self._exchanged(built) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            with _translated():
                pieces = response.aiter_raw()
                body = await read_body(pieces, headers.get("content-encoding", ""), request.most_bytes)
        return Reply(
            status=response.status_code, headers=headers, body=body, retry_after_s=retry_after(headers, self._now())
        )

    def _built(self, request: Request) -> httpx.Request:
        try:
            url = httpx.URL(request.url)
            if request.query:
                url = url.copy_merge_params(request.query)
            port = url.port or _PORTS.get(url.scheme, 0)
            if url.userinfo or not url.host or not is_allowed_target(self._reach, url.scheme, port):
                raise Permanent(Reason.FORBIDDEN_ADDRESS, "This address may not be called from here.")
            return self._client.build_request(request.method, url, headers=dict(request.headers), content=request.body)
        except (httpx.InvalidURL, UnicodeError):
            # its text quotes the URL
            raise Permanent(Reason.FORBIDDEN_ADDRESS, "This is no address that can be called.") from None

    @asynccontextmanager
    async def _exchanged(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        with _translated():
            response = await self._client.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()


def _network() -> httpcore.AsyncNetworkBackend:
    # where anyio is missing, httpcore has a stand-in
    return httpcore.AnyIOBackend()  # pyright: ignore[reportReturnType] - its type allows for the stand-in


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except httpcore.PoolTimeout as error:
        raise Retryable(Reason.BUSY, "Too many of our calls are under way.") from error
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        raise Retryable(Reason.UNREACHABLE, "There is no connection.") from error
    except httpcore.LocalProtocolError as error:
        raise Permanent(Reason.REFUSED, "The request is not one that HTTP can carry.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        raise Unknown(Reason.BROKEN, "The connection broke before the whole answer had come.") from error

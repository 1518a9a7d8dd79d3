"""What a user names never reaches what only this machine can reach; secrets never travel in the clear."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import httpcore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.platform.http_client.addresses import Address, Reach, is_public
from adapters.platform.http_client.client import HttpClient, Request
from adapters.platform.http_client.connecting import resolve
from adapters.platform.resilience.failures import Permanent, Reason, Retryable
from tests.profiles import EXAMPLES, profile
from tests.provider_server import FakeProvider, answer, providing

pytestmark = pytest.mark.anyio

CERTIFICATES = Path(__file__).parent / "certificates"

INTERNAL = [
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fe80::1",
    "ff02::1",
]
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450:4001::8a"]
# each of these is the loopback address to somebody
DISGUISES = ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "localhost", "[::1]"]


class Canary(httpcore.AsyncNetworkBackend):
    """Notes who is connected to, and connects to nobody."""

    def __init__(self) -> None:
        self.touched: list[tuple[str, int]] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Note it."""
        del timeout, local_address, socket_options
        self.touched.append((host, port))
        raise httpcore.ConnectError


def naming(*rounds: list[str]) -> tuple[HttpClient, Canary, list[str]]:
    """A client for what users name, whose names have these addresses, each time others; and what was looked up."""
    looked_up: list[str] = []
    canary = Canary()

    async def told(host: str, port: int) -> list[Address]:
        assert port in {80, 443}
        looked_up.append(host)
        return [ipaddress.ip_address(address) for address in rounds[min(len(looked_up), len(rounds)) - 1]]

    return HttpClient(Reach.PUBLIC, resolve=told, network=canary), canary, looked_up


async def refused(client: HttpClient, url: str) -> None:
    with pytest.raises(Permanent) as caught:
        await client.send(Request(method="POST", url=url, body=b"{}"))
    assert caught.value.reason is Reason.FORBIDDEN_ADDRESS


@pytest.mark.parametrize("address", INTERNAL)
async def test_no_internal_address_is_called_for_a_user(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    client, canary, _ = naming([address])
    await refused(client, "https://hooks.example.com/tapedeck")
    assert canary.touched == []


@pytest.mark.parametrize("address", PUBLIC)
async def test_public_addresses_are_called_and_looked_up_once(address: str) -> None:
    client, canary, looked_up = naming([address], ["127.0.0.1"])
    with pytest.raises(Retryable):
        await client.send(Request(method="POST", url="https://hooks.example.com/tapedeck"))
    # the address that was judged, and not what the name says the next time
    assert canary.touched == [(address, 443)]
    assert looked_up == ["hooks.example.com"]


async def test_one_internal_address_among_many_is_enough() -> None:
    client, canary, _ = naming(["93.184.216.34", "10.0.0.1"])
    await refused(client, "https://hooks.example.com/")
    assert canary.touched == []


@pytest.mark.parametrize("host", DISGUISES)
async def test_a_disguised_loopback_is_not_called(host: str) -> None:
    canary = Canary()
    client = HttpClient(Reach.PUBLIC, resolve=resolve, network=canary)
    with pytest.raises((Permanent, Retryable)):
        await client.send(Request(method="GET", url=f"https://{host}/"))
    assert canary.touched == []


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://hooks.example.com:8443/",
        "https://hooks.example.com:22/",
        "https://user:secret@hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "//hooks.example.com/",
        "hooks.example.com",
        "https:///",
        "https://",
        "",
        "https://[::1",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com\r\nHost: other/",
        "https://\ud800.example.com/",
    ],
)
async def test_urls_that_may_not_be_called_are_not_even_looked_up(url: str) -> None:
    client, canary, looked_up = naming(["93.184.216.34"])
    await refused(client, url)
    assert looked_up == []
    assert canary.touched == []


@settings(max_examples=EXAMPLES[profile()], deadline=None)
@given(st.ip_addresses())
def test_what_is_public_is_never_in_a_private_network(address: Address) -> None:
    if is_public(address):
        assert address.is_global
        kinds = (address.is_multicast, address.is_loopback, address.is_link_local, address.is_unspecified)
        assert not any(kinds)
        assert not isinstance(address, ipaddress.IPv6Address) or not (
            address.ipv4_mapped or address.sixtofour or address.teredo
        )


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    """A provider that listens."""
    async with providing() as fake:
        fake.will(answer(302, location="http://127.0.0.1:1/"))
        yield fake


async def test_no_redirect_is_followed(fake: FakeProvider) -> None:
    client = HttpClient(Reach.CONFIGURED)
    try:
        assert (await client.send(Request(method="GET", url=fake.url))).status == 302
        assert len(fake.received) == 1
    finally:
        await client.aclose()


async def test_without_tls_the_operators_servers_are_called_on_the_own_network_only() -> None:
    canary = Canary()

    async def told(host: str, port: int) -> list[Address]:
        assert port
        return [ipaddress.ip_address({"data.example.com": "93.184.216.34"}.get(host, "10.1.2.3"))]

    client = HttpClient(Reach.CONFIGURED, resolve=told, network=canary)
    await refused(client, "http://data.example.com/quotes?apikey=secret")
    assert canary.touched == []
    for url in ("http://models.internal:11434/", "https://data.example.com/", "https://models.internal:8443/"):
        with pytest.raises(Retryable):
            await client.send(Request(method="GET", url=url))
    assert [port for _, port in canary.touched] == [11434, 443, 8443]


def certified(name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side with the certificate of this name, and a client's that trusts who made it."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return server, ssl.create_default_context(cafile=CERTIFICATES / "authority.pem")


@pytest.mark.parametrize(("name", "is_trusted"), [("here", False), ("elsewhere", True)])
async def test_nothing_is_sent_to_a_server_that_cannot_prove_its_name(name: str, *, is_trusted: bool) -> None:
    server, trusting = certified(name)
    client = HttpClient(Reach.CONFIGURED, tls=trusting if is_trusted else None)
    async with providing(server) as fake:
        with pytest.raises(Retryable) as caught:
            await client.send(Request(method="GET", url=fake.url, headers={"authorization": "Bearer secret"}))
        assert caught.value.reason is Reason.UNREACHABLE
        assert fake.received == []
    await client.aclose()


async def test_a_server_that_proves_its_name_is_spoken_to() -> None:
    server, trusting = certified("here")
    client = HttpClient(Reach.CONFIGURED, tls=trusting)
    async with providing(server) as fake:
        fake.will(answer(200, b"{}"))
        assert (await client.send(Request(method="GET", url=fake.url))).status == 200
    await client.aclose()

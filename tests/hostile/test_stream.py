"""Whatever a client of the stream sends or does not take, it is closed with its code, and the others are unmoved."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from entrypoints.websocket.limits import StreamLimits
from tests.entrypoints.websocket.house import Client, House, open_house, person, until

pytestmark = pytest.mark.anyio

HANDSHAKE = (
    b"GET /api/v1/stream?ticket=ticket-5 HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """The stream."""
    async with open_house() as opened:
        yield opened


async def _is_unmoved(client: Client, house: House, sequence: int) -> None:
    """Check that somebody else still gets what is new."""
    await house.publish("AAPL", sequence)
    assert (await client.hear("update"))["sequence"] == sequence


@pytest.fixture
async def other(house: House) -> AsyncIterator[Client]:
    """A client that behaves."""
    house.keep("AAPL", 1)
    async with house.connect() as client:
        await client.sign_in(99)
        await client.follow("market:AAPL")
        await client.hear("snapshot")
        yield client


JUNK = {
    "no JSON": "hello",
    "a list": "[]",
    "no type": "{}",
    "a type that is none": '{"type":"explode"}',
    "a member too many": '{"type":"ping","id":1,"really":true}',
    "a number that is none": '{"type":"ping","id":1e999}',
    "an id of another kind": '{"type":"subscribe","id":"1","channels":["market:AAPL"]}',
    "a pace that is none": '{"type":"subscribe","id":1,"channels":["market:AAPL"],"conflateMs":-1}',
    "half a character": '{"type":"subscribe","id":1,"channels":["\\ud800"]}',
    "deep": "[" * 30_000,
}


@pytest.mark.parametrize("name", sorted(JUNK))
async def test_what_cannot_be_read_closes_the_connection(house: House, other: Client, name: str) -> None:
    """Each with the code for it, whoever sends it."""
    async with house.connect() as client:
        await client.sign_in()
        await client.socket.send(JUNK[name])
        assert await client.code() == 4400
    await _is_unmoved(other, house, 2)


async def test_bytes_are_no_message(house: House, other: Client) -> None:
    """Messages are text."""
    async with house.connect() as client:
        await client.sign_in()
        await client.socket.send(bytes(range(256)))
        assert await client.code() == 4400
    await _is_unmoved(other, house, 2)


async def test_a_megabyte_is_too_large(house: House, other: Client) -> None:
    """It is refused before it is all there."""
    async with house.connect() as client:
        await client.sign_in()
        await client.socket.send("x" * 1_000_000)
        assert await client.code() == 1009
    await _is_unmoved(other, house, 2)


async def test_pages_of_other_origins_may_not_connect(house: House) -> None:
    """Browsers tell where a page comes from; our own, and those that the settings allow, may."""
    async with house.connect(origin="https://evil.example") as client:
        assert await client.code() == 4403
    async with house.connect(origin=f"http://127.0.0.1:{house.port}") as client:
        await client.sign_in()
    allowed = "https://app.example"
    async with open_house(origins=[allowed]) as open_one, open_one.connect(origin=allowed) as client:
        await client.sign_in()


async def test_who_says_nothing_is_closed() -> None:
    """A connection without authentication does not last."""
    async with open_house(StreamLimits(authenticate_within_s=0.3)) as house, house.connect() as client:
        assert await client.code() == 4408


async def test_who_says_something_else_first_is_closed(house: House) -> None:
    """Nobody follows anything before they have said who they are."""
    for message in ({"type": "ping", "id": 1}, {"type": "authenticate", "token": "stolen"}):
        async with house.connect() as client:
            await client.socket.send(json.dumps(message))
            assert await client.code() == 4401


async def test_ten_thousand_subscriptions_are_too_many(house: House, other: Client) -> None:
    """Neither in one message, nor bit by bit, nor one message after another."""
    async with house.connect() as client:
        await client.sign_in()
        assert (await client.follow(*(f"market:S{number}" for number in range(4_000))))["code"] == "too_many_channels"
        assert len((await client.follow(*(f"market:S{number}" for number in range(200))))["channels"]) == 200
        answer = await client.follow("market:ONE", "market:S1")
        assert answer["channels"] == ["market:S1"]
        assert [each["code"] for each in answer["refused"]] == ["too_many_channels"]
        assert house.streams.fanout.subscriptions == 201
        for number in range(10_000):
            try:
                await client.say(type="subscribe", id=number, channels=[f"market:T{number}"])
            except Exception:  # noqa: BLE001 - closed while it was still sending
                break
        assert await client.code() == 4429
    await _is_unmoved(other, house, 2)


async def test_a_path_that_is_none_is_refused(house: House) -> None:
    """The handshake is answered with 404."""
    with pytest.raises(InvalidStatus, match="404"):
        async with house.connect("/api/v1/streams"):
            pass


async def test_who_never_reads_costs_the_others_nothing(house: House, other: Client) -> None:
    """Ticks are conflated for it; its own events pile up to a limit, and then it is let go of with all that waits."""
    loop, fanout = asyncio.get_running_loop(), house.streams.fanout
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        raw.setblocking(False)  # noqa: FBT003 - the library's own
        await loop.sock_connect(raw, ("127.0.0.1", house.port))
        await loop.sock_sendall(raw, HANDSHAKE)
        assert b" 101 " in await loop.sock_recv(raw, 100)
        wanted = {"type": "subscribe", "id": 1, "channels": ["market:AAPL", "user"], "conflateMs": 0}
        await loop.sock_sendall(raw, _frame(json.dumps(wanted).encode()))
        await until(lambda: fanout.subscriptions == 3)
        sequence = 1
        while not fanout.slow_closes:
            sequence += 1
            house.events.tell(person(5).user_id, data=b'{"text":"' + b"x" * 20_000 + b'"}')
            await _is_unmoved(other, house, sequence)
        await until(lambda: fanout.connections == 1)
        assert fanout.hub.counts.conflated > 0
    await _is_unmoved(other, house, sequence + 1)


async def test_a_connection_whose_other_side_is_gone_is_let_go_of() -> None:
    """It answers no ping, and never says that it is gone; who answers stays."""
    for ping_s in (1.0, 5.0):
        try:
            await _who_is_gone_is_let_go_of(ping_s)
        except (ConnectionClosed, TimeoutError):
            # who answers has to be able to: a machine that pauses for so long lets nobody answer
            continue
        return
    raise AssertionError("who answered was let go of as well")


async def _who_is_gone_is_let_go_of(ping_s: float) -> None:
    loop = asyncio.get_running_loop()
    async with open_house(ping_s=ping_s) as house, house.signed_in(99) as other:
        await other.follow("market:AAPL")
        with socket.socket() as raw:
            raw.setblocking(False)  # noqa: FBT003 - the library's own
            await loop.sock_connect(raw, ("127.0.0.1", house.port))
            await loop.sock_sendall(raw, HANDSHAKE)
            await until(lambda: house.streams.fanout.connections == 2)
            said = b""
            async with asyncio.timeout(60):
                while part := await loop.sock_recv(raw, 4_096):
                    said += part
            assert (1011).to_bytes(2, "big") in said
        await until(lambda: house.streams.fanout.connections <= 1)
        await _is_unmoved(other, house, 2)


def _frame(text: bytes) -> bytes:
    """Return a masked frame of text, as clients send it."""
    return bytes([0x81, 0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4) + text

"""How a stream gets in, stays in and comes back: tokens, closes, goodbyes, silence, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tapedeck_client.errors import SignedOut, StreamRefused
from tapedeck_client.messages import Connected, Disconnected, Gap, Snapshot, Update
from tapedeck_client.stream import StreamOptions
from tapedeck_client.waiting import Waits
from tests.clients.stream_server import PATIENCE_S, FakeStream, Talk, streaming, tick
from tests.clients.streams import (
    AAPL,
    QUICK,
    Tokens,
    begins,
    follow,
    read_until,
    say_snapshot,
    say_update,
    sequences,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[FakeStream]:
    async with streaming() as fake:
        yield fake


async def test_a_goodbye_says_when_to_come_back(server: FakeStream) -> None:
    async def ends(talk: Talk) -> None:
        await begins(talk)
        await talk.say("goodbye", reason="restart", retryAfterMs=33)
        await talk.close(1012)

    server.will(ends, begins)
    async with follow(server, options=StreamOptions(waits=Waits(first_s=30))) as stream:
        items = await read_until(stream, Connected, 2)
    assert items[2] == Disconnected(reason="restart", code=1012, retry_in_s=0.033)


async def test_a_goodbye_instead_of_a_welcome_is_heard_too(server: FakeStream) -> None:
    async def ends(talk: Talk) -> None:
        await talk.say("goodbye", reason="restart", retryAfterMs=12)
        await talk.close(1012)

    server.will(ends, begins)
    async with follow(server) as stream:
        items = await read_until(stream, Snapshot)
    assert items[0] == Disconnected(reason="restart", code=1012, retry_in_s=0.012)


async def test_a_token_that_is_no_longer_good_is_exchanged(server: FakeStream) -> None:
    async def sends_away(talk: Talk) -> None:
        await begins(talk)
        await talk.close(4401)

    server.will(sends_away, begins)
    access = Tokens("t-1", "t-2")
    async with follow(server, access=access) as stream:
        await read_until(stream, Connected, 2)
    assert access.refused == ["t-1"]
    assert server.talks[1].said[0]["token"] == "t-2"


@pytest.mark.parametrize("tokens", [["t-1"], ["t-1", "t-2", "t-3", "t-4", "t-5"]])
async def test_without_a_token_that_is_let_in_it_ends_as_signed_out(server: FakeStream, tokens: list[str]) -> None:
    """Whether there is no other token, or each is refused as soon as it is shown."""

    async def sends_away(talk: Talk) -> None:
        await talk.hear("authenticate")
        await talk.close(4401)

    server.will(sends_away)
    with pytest.raises(SignedOut):
        async with follow(server, access=Tokens(*tokens)) as stream:
            await read_until(stream, Connected)
    assert len(server.talks) <= 3


@pytest.mark.parametrize("code", [4400, 4403, 4413])
async def test_what_another_attempt_would_not_change_is_raised(server: FakeStream, code: int) -> None:
    async def sends_away(talk: Talk) -> None:
        await talk.close(code, "because")

    server.will(sends_away)
    with pytest.raises(StreamRefused, match="because") as raised:
        async with follow(server) as stream:
            await read_until(stream, Connected)
    assert raised.value.code == code


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 4408, 4409, 4429])
async def test_after_any_other_close_it_comes_back(server: FakeStream, code: int) -> None:
    async def sends_away(talk: Talk) -> None:
        await begins(talk)
        await talk.close(code)

    server.will(sends_away, begins)
    async with follow(server) as stream:
        items = await read_until(stream, Connected, 2)
    assert [item.code for item in items if isinstance(item, Disconnected)] == [code]


async def test_a_handshake_that_is_refused_for_a_while_is_tried_again_when_the_server_says(server: FakeStream) -> None:
    server.will(begins)
    server.will_not_let_in(503, retry_after="0")
    server.will_not_let_in(502)
    async with follow(server) as stream:
        items = await read_until(stream, Snapshot)
    assert [type(item) for item in items] == [Disconnected, Disconnected, Connected, Snapshot]
    first = items[0]
    assert isinstance(first, Disconnected)
    assert (first.reason, first.retry_in_s) == ("status 503", 0.0)


async def test_a_handshake_that_is_refused_for_good_is_raised(server: FakeStream) -> None:
    server.will_not_let_in(404)
    with pytest.raises(StreamRefused):
        async with follow(server) as stream:
            await read_until(stream, Connected)


async def test_a_server_that_is_not_there_is_waited_for() -> None:
    async with streaming() as gone:
        pass
    async with follow(gone) as stream:
        items = await read_until(stream, Disconnected, 3)
    assert len(items) == 3


async def test_a_token_that_gets_old_is_exchanged_on_the_open_connection(server: FakeStream) -> None:
    async def behave(talk: Talk) -> None:
        await begins(talk)
        renewal = await talk.hear("renew")
        assert renewal["token"] == "t-2"
        await talk.say("renewed", id=renewal["id"], expiresAt="2026-01-30T11:00:00Z")
        await say_update(talk, 11, 11)

    server.will(behave)
    access = Tokens("t-1", "t-2")
    async with follow(server, access=access) as stream:
        await read_until(stream, Snapshot)
        access.is_old = True
        items = await read_until(stream, Update)
    assert [type(item) for item in items] == [Update]


async def test_a_silent_connection_is_given_up(server: FakeStream) -> None:
    """A connection that is open is not yet alive."""
    server.will(begins)
    async with follow(server, options=StreamOptions(silence_s=0.1, waits=QUICK)) as stream:
        items = await read_until(stream, Connected, 2)
    lost = items[-2]
    assert isinstance(lost, Disconnected)
    assert "nothing was heard" in lost.reason


async def test_a_heartbeat_is_answered(server: FakeStream) -> None:
    async def behave(talk: Talk) -> None:
        await begins(talk)
        await talk.say("ping")
        await talk.hear("ping")
        await say_update(talk, 11, 11)

    server.will(behave)
    async with follow(server) as stream:
        await read_until(stream, Update)


async def test_with_a_ticket_no_token_is_sent_and_none_is_in_the_url(server: FakeStream) -> None:
    async def behave(talk: Talk) -> None:
        await talk.welcome(authenticate=False)
        await say_snapshot(talk, 10)

    server.will(behave)
    async with follow(server, options=StreamOptions(with_ticket=True)) as stream:
        await read_until(stream, Snapshot)
    assert server.talks[0].path == "/api/v1/stream?ticket=ticket%2F1"
    assert [message["type"] for message in server.talks[0].said] == ["subscribe"]


async def test_a_reader_who_is_slow_holds_back_the_server_and_loses_nothing_unsaid(server: FakeStream) -> None:
    """Nothing is read ahead without bound: what the server cannot send it can leave out."""
    sent: list[int] = []
    stuck = asyncio.Event()

    async def behave(talk: Talk) -> None:
        await begins(talk)
        padding = "x" * 10_000
        for sequence in range(11, 5_000):
            data = tick(str(sequence), mood=padding)
            sending = asyncio.ensure_future(
                talk.say("update", channel=AAPL, first=sequence, sequence=sequence, data=data)
            )
            for _ in range(30):
                # who could read meanwhile would have, however long it took
                await asyncio.wait({sending}, timeout=0.01)
            if not sending.done():
                stuck.set()
            await sending
            sent.append(sequence)
            if stuck.is_set():
                return

    server.will(behave)
    async with follow(server) as stream:
        await read_until(stream, Snapshot)
        async with asyncio.timeout(PATIENCE_S):
            await stuck.wait()
        assert len(sent) < 4_000
        items = await read_until(stream, Update, len(sent))
    assert sequences(items) == sorted({*sent[: len(items)]})
    assert not any(isinstance(item, Gap) for item in items)

"""What a reader of a stream is told, over real sockets, by a server that drops, repeats, leaves out, talks nonsense."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from tapedeck_client.messages import Connected, Disconnected, Event, Gap, Refusal, Snapshot, Update
from tapedeck_client.stream import StreamOptions
from tests.clients.stream_server import Behaviour, FakeStream, Said, Talk, streaming, tick
from tests.clients.streams import (
    AAPL,
    begins,
    follow,
    read_until,
    say_event,
    say_snapshot,
    say_update,
    sequences,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[FakeStream]:
    async with streaming() as fake:
        yield fake


async def test_a_stream_begins_with_a_snapshot_and_goes_on_with_updates(server: FakeStream) -> None:
    async def behave(talk: Talk) -> None:
        asked = await talk.welcome()
        assert asked["channels"] == [AAPL]
        assert asked["conflateMs"] == 0
        assert "after" not in asked
        await say_snapshot(talk, 10)
        await say_update(talk, 11, 14)

    server.will(behave)
    async with follow(server, options=StreamOptions(conflate_ms=0)) as stream:
        items = await read_until(stream, Update)
        assert stream.positions == {AAPL: 14}
    assert [type(item) for item in items] == [Connected, Snapshot, Update]
    snapshot, update = items[1], items[2]
    assert isinstance(snapshot, Snapshot)
    assert isinstance(update, Update)
    assert snapshot.symbol == "AAPL"
    assert (update.first, str(update.tick.last), update.tick.currency) == (11, "14", "USD")
    assert server.talks[0].said[0] == {"type": "authenticate", "token": "t-1"}


async def test_after_a_drop_it_resumes_and_tells_nothing_twice(server: FakeStream) -> None:
    """What the server repeats on the new connection is left out, though it comes as snapshot and as updates."""

    async def drops(talk: Talk) -> None:
        await begins(talk)
        await say_update(talk, 11, 12)
        talk.abort()

    async def repeats(talk: Talk) -> None:
        asked = await talk.welcome()
        assert asked["after"] == {AAPL: 12}
        await say_snapshot(talk, 12)
        await say_update(talk, 11, 12)
        await say_update(talk, 9, 9)
        await say_update(talk, 13, 13)

    server.will(drops, repeats)
    async with follow(server) as stream:
        items = await read_until(stream, Update, 2)
    assert [type(item) for item in items] == [Connected, Snapshot, Update, Disconnected, Connected, Update]
    assert sequences(items) == [10, 12, 13]


async def test_a_gap_is_told_and_the_snapshot_follows(server: FakeStream) -> None:
    async def behave(talk: Talk) -> None:
        await begins(talk)
        await talk.say("gap", channel=AAPL, after=10, before=20)
        await say_snapshot(talk, 20)

    server.will(behave)
    async with follow(server) as stream:
        items = await read_until(stream, Snapshot, 2)
    assert items[2] == Gap(channel=AAPL, after=10, before=20)
    assert sequences(items) == [10, 20]


async def unannounced_update(talk: Talk) -> None:
    await begins(talk)
    await say_update(talk, 20, 20)


async def unannounced_snapshot(talk: Talk) -> None:
    await begins(talk)
    await say_snapshot(talk, 20)


@pytest.mark.parametrize("behaviour", [unannounced_update, unannounced_snapshot])
async def test_a_gap_that_the_server_does_not_tell_is_told(server: FakeStream, behaviour: Behaviour) -> None:
    server.will(behaviour)
    async with follow(server) as stream:
        items = await read_until(stream, Gap)
        assert items[-1] == Gap(channel=AAPL, after=10, before=20)
        items = await read_until(stream, Snapshot | Update)
    assert sequences(items) == [20]


GARBAGE = {
    "bytes": b"\x00\x01",
    "no JSON": "}{",
    "a list": "[]",
    "no type": "{}",
    "a deep nest": "[" * 100_000,
    "a long number": '{"type":"gap","channel":"market:AAPL","before":' + "9" * 5_000 + "}",
    "no channel": '{"type":"snapshot","sequence":11,"data":null}',
    "a negative number": '{"type":"gap","channel":"market:AAPL","after":1,"before":-1}',
    "a range that runs backwards": json.dumps(
        {"type": "update", "channel": AAPL, "first": 13, "sequence": 12, "data": tick("1")}
    ),
    "no number": json.dumps({"type": "snapshot", "channel": AAPL, "sequence": 11, "data": tick("NaN")}),
    "a time without offset": json.dumps(
        {"type": "snapshot", "channel": AAPL, "sequence": 11, "data": tick("1", asOf="2026-01-30T09:15:00")}
    ),
    "a huge frame": '"' + "x" * 2_000_000 + '"',
    "a goodbye without a time": '{"type":"goodbye","reason":"restart"}',
    "a grant of nothing": '{"type":"subscribed"}',
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
async def test_after_garbage_it_connects_anew_and_resumes_where_it_was(
    server: FakeStream, garbage: str | bytes
) -> None:
    """What it was is unknown, so nothing since the last known is taken for granted."""

    async def talks_nonsense(talk: Talk) -> None:
        await begins(talk)
        await talk.send(garbage)

    async def goes_on(talk: Talk) -> None:
        asked = await talk.welcome()
        assert asked["after"] == {AAPL: 10}
        await say_update(talk, 11, 11)

    server.will(talks_nonsense, goes_on)
    async with follow(server) as stream:
        items = await read_until(stream, Update)
    assert [type(item) for item in items] == [Connected, Snapshot, Disconnected, Connected, Update]


async def test_what_a_newer_server_says_more_is_no_garbage(server: FakeStream) -> None:
    async def behave(talk: Talk) -> None:
        await begins(talk)
        await talk.say("weather", sunny=True)
        await talk.say("pong", id=3)
        await talk.say("renewed", id=4)
        await talk.say("update", channel=AAPL, first=11, sequence=11, data=tick("11", mood="calm"), more=1)

    server.will(behave)
    async with follow(server) as stream:
        assert [type(item) for item in await read_until(stream, Update)] == [Connected, Snapshot, Update]


async def test_a_refused_channel_is_told_once_and_not_asked_for_again(server: FakeStream) -> None:
    async def refuses(talk: Talk) -> None:
        await talk.hear("authenticate")
        await talk.say("welcome", connection="c-1")
        asked = await talk.hear("subscribe")
        refusal = {"channel": "market:XX!", "code": "invalid_channel", "message": "XX! can be no symbol."}
        await talk.say("subscribed", id=asked["id"], channels=[AAPL], refused=[refusal])
        await say_snapshot(talk, 10)
        talk.abort()

    async def goes_on(talk: Talk) -> None:
        asked = await talk.welcome()
        assert asked["channels"] == [AAPL]
        await say_update(talk, 11, 11)

    server.will(refuses, goes_on)
    async with follow(server, AAPL, "market:XX!") as stream:
        items = await read_until(stream, Update)
    refusals = [item for item in items if isinstance(item, Refusal)]
    assert refusals == [Refusal(channel="market:XX!", code="invalid_channel", message="XX! can be no symbol.")]


async def test_a_request_that_is_refused_as_a_whole_is_told_of_each_of_its_channels(server: FakeStream) -> None:
    async def behave(talk: Talk) -> None:
        await talk.hear("authenticate")
        await talk.say("welcome", connection="c-1")
        asked = await talk.hear("subscribe")
        await talk.say("error", id=asked["id"], code="too_many_channels", message="200 at most.")
        await talk.say("error", code="slow_down", message="Fewer messages, please.")

    server.will(behave)
    async with follow(server) as stream:
        items = await read_until(stream, Refusal, 2)
    assert [item.channel for item in items if isinstance(item, Refusal)] == [AAPL, None]


async def test_channels_go_by_the_names_that_the_server_has_for_them(server: FakeStream) -> None:
    """Asked for as aapl and known as AAPL, a symbol is resumed as AAPL."""

    async def renames(talk: Talk) -> None:
        await talk.hear("authenticate")
        await talk.say("welcome", connection="c-1")
        asked = await talk.hear("subscribe")
        await talk.say("subscribed", id=asked["id"], channels=[AAPL], refused=[])
        await say_snapshot(talk, 10)
        talk.abort()

    async def goes_on(talk: Talk) -> None:
        asked = await talk.welcome()
        assert (asked["channels"], asked["after"]) == ([AAPL], {AAPL: 10})
        await say_update(talk, 11, 11)

    server.will(renames, goes_on)
    async with follow(server, "market:aapl") as stream:
        await read_until(stream, Update)


async def test_events_come_once_and_a_hole_is_filled_by_resuming(server: FakeStream) -> None:
    async def leaves_one_out(talk: Talk) -> None:
        await talk.welcome()
        await talk.say("snapshot", channel="user:7", sequence=3, data=None)
        await say_event(talk, 4)
        await say_event(talk, 4)
        await say_event(talk, 6)

    async def has_it(talk: Talk) -> None:
        asked = await talk.welcome()
        assert asked["after"] == {"user:7": 4}
        for sequence in (4, 5, 6):
            await say_event(talk, sequence)

    server.will(leaves_one_out, has_it)
    async with follow(server, "user") as stream:
        items = await read_until(stream, Event, 3)
    assert sequences(items) == [3, 4, 5, 6]
    assert not any(isinstance(item, Gap) for item in items)


async def test_events_that_are_gone_for_good_are_told_as_a_gap(server: FakeStream) -> None:
    async def leaves_one_out(talk: Talk) -> None:
        await talk.welcome()
        await say_event(talk, 6)

    server.will(leaves_one_out)
    async with follow(server, "user", after={"user:7": 4}) as stream:
        items = await read_until(stream, Event)
    assert items[-2:-1] == [Gap(channel="user:7", after=4, before=6)]
    assert len(server.talks) == 2


async def test_symbols_can_be_added_and_removed_while_it_runs(server: FakeStream) -> None:
    heard: list[Said] = []

    async def behave(talk: Talk) -> None:
        await begins(talk)
        heard.append(await talk.hear("subscribe"))
        heard.append(await talk.hear("unsubscribe"))
        await say_update(talk, 11, 11)
        await talk.say("snapshot", channel="market:MSFT", sequence=3, data=tick("3"))

    server.will(behave)
    async with follow(server) as stream:
        await read_until(stream, Snapshot)
        await stream.add("MSFT")
        await stream.remove("AAPL")
        items = await read_until(stream, Snapshot)
    assert [message["channels"] for message in heard] == [["market:MSFT"], [AAPL]]
    assert [item.symbol for item in items if isinstance(item, Snapshot | Update)] == ["MSFT"]


async def test_many_symbols_are_asked_for_in_several_messages(server: FakeStream) -> None:
    """No message is longer than servers take."""
    channels = [f"market:S{number}" for number in range(150)]

    async def behave(talk: Talk) -> None:
        await talk.welcome()
        more = await talk.hear("subscribe")
        await talk.say("subscribed", id=more["id"], channels=more["channels"], refused=[])
        await talk.say("snapshot", channel="market:S149", sequence=1, data=tick("1"))

    server.will(behave)
    async with follow(server, *channels) as stream:
        await read_until(stream, Snapshot)
    asked = [message["channels"] for message in server.talks[0].said if message["type"] == "subscribe"]
    assert asked == [channels[:100], channels[100:]]

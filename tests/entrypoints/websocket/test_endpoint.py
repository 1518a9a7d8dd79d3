"""What one client of the WebSocket meets, from the handshake to the close code."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.entrypoints.websocket.house import House, open_house, patient, person, until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """The stream."""
    async with open_house() as opened:
        yield opened


async def test_a_client_signs_in_with_its_first_message_and_follows_a_symbol(house: House) -> None:
    """Welcome, then what was asked for, then how it stands, then what is new."""
    house.keep("AAPL", 4)
    async with house.connect() as client:
        welcome = await client.sign_in()
        assert welcome["user"] == f"user:{person(1).user_id}"
        assert welcome["limits"] == {"channels": 200, "frameBytes": 65_536, "messagesPerSecond": 20}
        answer = await client.follow("market:aapl")
        assert (answer["channels"], answer["refused"]) == (["market:AAPL"], [])
        snapshot = await client.hear()
        assert (snapshot["type"], snapshot["sequence"], snapshot["data"]["last"]) == ("snapshot", 4, "4")
        await house.publish("AAPL", 5)
        update = await client.hear()
        assert (update["type"], update["first"], update["sequence"]) == ("update", 5, 5)
        await client.say(type="ping", id=7)
        assert await client.hear("pong") == {"type": "pong", "id": 7}
        await client.say(type="unsubscribe", id=8, channels=["market:AAPL"])
        assert await client.hear("unsubscribed") == {"type": "unsubscribed", "id": 8, "channels": ["market:AAPL"]}
        assert house.streams.fanout.subscriptions == 0


async def test_a_ticket_opens_one_connection(house: House) -> None:
    """The second use is refused with the code of who is not signed in."""
    async with house.signed_in() as client:
        await client.hear("welcome")
        async with house.signed_in() as second:
            assert await second.code() == 4401


async def test_the_address_may_name_what_to_follow(house: House) -> None:
    """The aliases: symbols in the path are followed at once."""
    house.keep("AAPL", 1)
    house.keep("BTC-USD", 2)
    async with house.connect("/api/v1/market/realtime/AAPL,BTC-USD?ticket=ticket-1") as client:
        answer = await client.hear("subscribed")
        assert answer["channels"] == ["market:AAPL", "market:BTC-USD"]
        assert {(await client.hear("snapshot"))["sequence"] for _ in range(2)} == {1, 2}
    async with house.connect("/api/v1/stream/quotes?ticket=ticket-2") as client:
        await client.hear("welcome")


async def test_a_client_that_comes_back_goes_on_where_it_was(house: House) -> None:
    """A gap and how things stand if something was missed; nothing, if nothing was."""
    house.keep("AAPL", 9)
    async with house.connect() as client:
        await client.sign_in()
        await client.follow("market:AAPL", after={"market:AAPL": 5})
        assert [(await client.hear())["type"] for _ in range(2)] == ["gap", "snapshot"]
    async with house.connect() as client:
        await client.sign_in()
        await client.follow("market:AAPL", after={"market:AAPL": 9})
        await house.publish("AAPL", 10)
        assert (await client.hear())["first"] == 10


async def test_what_the_bus_loses_is_found_and_told(house: House) -> None:
    """A loss that no later tick shows heals by itself, and a lost connection is made good at once."""
    house.keep("AAPL", 1)
    async with house.connect() as client:
        await client.sign_in()
        await client.follow("market:AAPL")
        await client.hear("snapshot")
        house.keep("AAPL", 4)
        assert (await client.hear())["type"] == "gap"
        assert (await client.hear("snapshot"))["sequence"] == 4
        house.bus.lose()
        house.keep("AAPL", 5)
        house.bus.back()
        assert (await client.hear("update"))["sequence"] == 5


async def test_a_symbol_is_told_as_unknown_while_the_bus_is_away(house: House) -> None:
    """Nobody waits for a bus that is not there, and what comes with it is told."""
    house.bus.lose()
    async with house.connect() as client:
        await client.sign_in()
        await client.follow("market:AAPL")
        assert (await client.hear("snapshot"))["data"] is None
        house.keep("AAPL", 5)
        house.bus.back()
        assert (await client.hear("update"))["sequence"] == 5


async def test_a_symbol_that_no_feed_has_is_said_so_once(house: House) -> None:
    """To those who follow it and to who comes later; it stays followed, and begins when a feed has it."""
    async with house.signed_in() as early, house.signed_in(2) as late:
        await early.follow("market:NONE", "market:AAPL")
        await early.hear("snapshot")
        await house.bus.say_untold(frozenset({"NONE", "OTHER"}))
        told = await early.hear("error")
        assert (told["channel"], told["code"]) == ("market:NONE", "not_carried")
        await late.follow("market:NONE")
        assert (await late.hear("error"))["channel"] == "market:NONE"
        await house.bus.say_untold(frozenset())
        await house.publish("NONE", 1)
        assert (await early.hear("update"))["channel"] == "market:NONE"
        await early.say(type="ping", id=9)
        assert (await early.hear())["type"] == "pong", "it was said once"


async def test_users_hear_their_own_events_once_and_in_order(house: House) -> None:
    """From now on without a position, after it with one; a ring that is lost does no harm."""
    user = person(1).user_id
    house.events.tell(user)
    async with house.connect() as client:
        await client.sign_in()
        answer = await client.follow("user")
        assert answer["channels"] == [f"user:{user}"]
        assert (await client.hear("snapshot"))["sequence"] == 1
        house.events.tell(user)
        house.events.is_mute = True
        for _ in range(150):
            house.events.tell(user)
        assert [(await client.hear("event"))["sequence"] for _ in range(151)] == list(range(2, 153))
    async with house.connect() as client:
        await client.sign_in()
        await client.follow("user", after={f"user:{user}": 150})
        assert [(await client.hear("event"))["sequence"] for _ in range(2)] == [151, 152]


async def test_who_comes_while_the_database_is_away_hears_everything_later(house: House) -> None:
    """Nobody is turned away: where each begins is asked as soon as somebody can tell, and nothing is left out."""
    house.events.tell(person(1).user_id)
    house.events.is_away = True
    async with house.signed_in() as new, house.connect() as old:
        await old.sign_in()
        answer = await new.follow("user")
        await old.follow("user", after={answer["channels"][0]: 0})
        await new.say(type="ping", id=1)
        assert (await new.hear())["type"] == "pong"
        house.events.is_away = False
        assert (await new.hear())["sequence"] == 1
        assert (await old.hear("event"))["sequence"] == 1
        house.events.tell(person(1).user_id)
        assert [(await each.hear("event"))["sequence"] for each in (new, old)] == [2, 2]


async def test_events_that_are_kept_no_longer_are_told_as_a_gap(house: House) -> None:
    """Whoever comes back after too long knows that something is missing."""
    user = person(1).user_id
    for _ in range(5):
        house.events.tell(user)
    del house.events.told[user][:3]
    async with house.connect() as client:
        await client.sign_in()
        await client.follow("user", after={"user": 1})
        gap = await client.hear("gap")
        assert (gap["after"], gap["before"]) == (1, 4)
        assert [(await client.hear("event"))["sequence"] for _ in range(2)] == [4, 5]


async def test_nobody_hears_of_others(house: House) -> None:
    """Another user's channel and one that does not exist are refused alike; events go to their user only."""
    async with house.connect() as client, house.connect() as other:
        await client.sign_in(1)
        await other.sign_in(2)
        answer = await client.follow(f"user:{person(2).user_id}", "user:nobody", "orders", "market:XX!!", "user")
        assert answer["channels"] == [f"user:{person(1).user_id}"]
        assert len({(each["code"], each["message"]) for each in answer["refused"][:3]}) == 1
        await other.follow("user")
        await other.hear("snapshot")
        await client.hear("snapshot")
        house.events.tell(person(2).user_id)
        assert (await other.hear("event"))["sequence"] == 1
        await client.say(type="ping", id=1)
        assert (await client.hear())["type"] == "pong"


async def test_who_signs_out_is_closed_and_others_stay(house: House) -> None:
    """The end of a session ends its connections."""
    async with house.connect() as client, house.connect() as other:
        await client.sign_in(1)
        await other.sign_in(2)
        house.gatekeeper.ended.add(1)
        assert await client.code() == 4401
        await other.say(type="ping", id=1)
        assert (await other.hear("pong"))["id"] == 1


async def test_a_connection_ends_with_its_token_unless_it_is_renewed(house: House) -> None:
    """A token of the same user carries the connection on; another's, and one that is not good, change nothing."""
    async with house.connect() as client, house.connect() as other:
        await client.sign_in(1)
        await other.sign_in(2)
        house.clock.advance(minutes=14)
        await client.say(type="renew", id=1, token="2")
        assert (await client.hear("error"))["code"] == "forbidden"
        await client.say(type="renew", id=2, token="junk")
        assert (await client.hear("error"))["code"] == "unauthenticated"
        await client.say(type="renew", id=3, token="1")
        assert (await client.hear("renewed"))["id"] == 3
        house.clock.advance(minutes=2)
        assert await other.code() == 4401
        await client.say(type="ping", id=1)
        assert (await client.hear("pong"))["id"] == 1


async def test_at_the_end_of_the_process_everybody_hears_goodbye(house: House) -> None:
    """Each is told when to come back, and closed with the code of a restart; nobody new is let in."""
    async with house.connect() as client, house.connect() as late:
        await client.sign_in()
        house.streams.close()
        goodbye = await client.hear("goodbye")
        assert goodbye["reason"] == "restart"
        assert 0 <= goodbye["retryAfterMs"] < 5_000
        assert await client.code() == 1012
        await late.say(type="authenticate", token="1")
        assert await late.code() == 1012


async def test_only_what_is_over_the_limit_is_refused() -> None:
    """However many are asked for at once; what is followed already, by whatever name, takes no room a second time."""
    async with open_house(patient(channels=3)) as small, small.signed_in() as client:
        answer = await client.follow("market:A", "market:XX!!", "market:B", "user", "market:C", "market:D")
        own = f"user:{person(1).user_id}"
        assert answer["channels"] == ["market:A", "market:B", own]
        assert [(each["channel"], each["code"]) for each in answer["refused"]] == [
            ("market:XX!!", "invalid_channel"),
            ("market:C", "too_many_channels"),
            ("market:D", "too_many_channels"),
        ]
        await client.say(type="unsubscribe", id=2, channels=["market:A"])
        await client.hear("unsubscribed")
        answer = await client.follow("user", "market:B", "market:b", "market:C", "market:A")
        assert answer["channels"] == ["market:B", "market:C", own]
        assert [each["channel"] for each in answer["refused"]] == ["market:A"]
        assert small.streams.fanout.subscriptions == 3


async def test_connections_of_a_user_are_counted() -> None:
    """One more than a user may have is refused, and there is room again when one has gone."""
    async with open_house(patient(connections_per_user=1)) as small:
        async with small.connect() as client, small.connect() as second, small.connect() as other:
            await client.sign_in(1)
            await second.say(type="authenticate", token="1")
            assert await second.code() == 4429
            await other.sign_in(2)
        await until(lambda: not small.streams.fanout.connections)
        async with small.connect() as again:
            await again.sign_in(1)

"""What programs hear from the real stream with the Python client, and people with `tapedeck watch`."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from entrypoints.websocket.limits import MOST_CHANNELS
from tapedeck_client import (
    Connected,
    Disconnected,
    Event,
    Gap,
    Item,
    NewTrade,
    Refusal,
    SignedOut,
    Snapshot,
    Stream,
    StreamOptions,
    StreamRefused,
    Tapedeck,
    Update,
    Waits,
)
from tests.asgi import in_process
from tests.journeys.imports_api import work
from tests.journeys.moving_market import MovingMarket, moving_market
from tests.journeys.no_websockets import without_websockets
from tests.served import PASSWORD, Served

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
QUICK = StreamOptions(conflate_ms=0, open_s=PATIENCE_S, waits=Waits(first_s=0.02, longest_s=0.2))


@pytest.fixture
async def market(served: Served) -> AsyncIterator[MovingMarket]:
    """The application on a socket, and the levers of its market."""
    async with moving_market(served) as market:
        yield market


@pytest.fixture
async def api(served: Served, market: MovingMarket) -> AsyncIterator[Tapedeck]:
    """The client, signed in as a new user over the socket."""
    person = {"email": f"trader-{secrets.token_hex(6)}@example.com", "password": PASSWORD}
    async with served.client() as client:
        await client.post("/api/v1/auth/register", json=person)
    async with Tapedeck(market.url) as api:
        await api.sign_in(person["email"], person["password"])
        yield api


async def read_until(stream: Stream, price: str) -> list[Item]:
    """Return all items up to one that costs this."""
    items: list[Item] = []
    async with asyncio.timeout(PATIENCE_S):
        async for item in stream:
            items.append(item)
            if isinstance(item, Snapshot | Update) and item.tick is not None and item.tick.last == Decimal(price):
                break
    return items


async def read_until_kind(stream: Stream, kind: type[Item]) -> list[Item]:
    """Return all items up to one of this kind."""
    items: list[Item] = []
    async with asyncio.timeout(PATIENCE_S):
        async for item in stream:
            items.append(item)
            if isinstance(item, kind):
                break
    return items


@pytest.mark.parametrize("with_ticket", [False, True])
async def test_prices_come_in_order_and_after_a_break_the_last_one_comes_at_once(
    api: Tapedeck, market: MovingMarket, *, with_ticket: bool
) -> None:
    """Whether the token is said or a ticket is shown; what was missed meanwhile is a gap or covered by an update."""
    options = StreamOptions(conflate_ms=0, open_s=PATIENCE_S, with_ticket=with_ticket, waits=QUICK.waits)
    # of which nothing is known yet
    symbol = f"T{secrets.token_hex(3).upper()}-USD"
    async with api.stream(symbol, options=options) as stream:
        async for item in stream:
            if isinstance(item, Snapshot):
                assert item.tick is None
                break
        await market.publish(symbol, "1", "2", "3")
        items = await read_until(stream, "3")
        assert [str(item.tick.last) for item in items if isinstance(item, Update)] == ["1", "2", "3"]
        seen = stream.positions[f"market:{symbol}"]
        market.break_off()
        async for item in stream:
            if isinstance(item, Disconnected):
                break
        await market.publish(symbol, "4", "5")
        market.come_back()
        items = await read_until(stream, "5")
    assert any(isinstance(item, Connected) for item in items)
    for item in items:
        if isinstance(item, Gap):
            assert item.after == seen
            seen = item.before - 1
        elif isinstance(item, Snapshot | Update):
            first = item.first if isinstance(item, Update) else item.sequence
            assert first <= seen + 1 <= item.sequence
            seen = item.sequence


async def test_where_no_websocket_gets_through_the_same_comes_as_server_sent_events(
    api: Tapedeck, market: MovingMarket
) -> None:
    """Also what was missed while the line was cut, and what is followed later; each once and in order."""
    one, two = f"T{secrets.token_hex(3).upper()}-USD", f"T{secrets.token_hex(3).upper()}-USD"
    token = await api.token()
    async with (
        without_websockets(market.wire.port) as url,
        Tapedeck(url, token=token) as behind,
        behind.stream(one, options=QUICK) as stream,
    ):
        items = await read_until_kind(stream, Snapshot)
        assert [type(item) for item in items] == [Disconnected, Connected, Snapshot]
        await market.publish(one, "1", "2", "3")
        items = await read_until(stream, "3")
        assert [str(item.tick.last) for item in items if isinstance(item, Update)] == ["1", "2", "3"]
        market.break_off()
        await read_until_kind(stream, Disconnected)
        await market.publish(one, "4")
        market.come_back()
        items = await read_until(stream, "4")
        assert [item.symbol for item in items if isinstance(item, Update)] == [one]
        await stream.add(two)
        await market.publish(two, "5")
        items = await read_until(stream, "5")
        assert {item.symbol for item in items if isinstance(item, Snapshot | Update)} == {two}
        with pytest.raises(StreamRefused):
            async with behind.stream(one, options=StreamOptions(falls_back=False)) as proud:
                await read_until_kind(proud, Connected)


@pytest.mark.parametrize("count", [230, 2_500])
async def test_of_too_many_symbols_the_first_are_followed_and_the_others_refused_by_events_too(
    api: Tapedeck, market: MovingMarket, count: int
) -> None:
    """Also of more than an address has room for, and with a position of each; and then it goes on."""
    channels = [f"T{secrets.token_hex(2).upper()}{number}-USD" for number in range(count)]
    after = {f"market:{symbol}": 2**53 - 1 for symbol in channels[1:]}
    async with (
        without_websockets(market.wire.port) as url,
        Tapedeck(url, token=await api.token()) as behind,
        behind.stream(*channels, after=after, options=QUICK) as stream,
    ):
        refused: list[Refusal] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(refused) < count - MOST_CHANNELS:
                item = await anext(aiter(stream))
                if isinstance(item, Refusal):
                    refused.append(item)
        assert {item.code for item in refused} == {"too_many_channels"}
        assert {item.channel for item in refused} == {f"market:{symbol}" for symbol in channels[MOST_CHANNELS:]}
        await market.publish(channels[0], "7")
        await read_until(stream, "7")


async def test_a_channel_that_can_be_none_is_refused_and_the_others_go_on(api: Tapedeck, market: MovingMarket) -> None:
    async with api.stream("msft", "no such thing!", options=QUICK) as stream:
        async for item in stream:
            if isinstance(item, Refusal):
                assert (item.channel, item.code) == ("market:no such thing!", "invalid_channel")
                break
        await market.publish("MSFT", "430.1")
        items = await read_until(stream, "430.1")
    assert {item.symbol for item in items if isinstance(item, Snapshot | Update)} == {"MSFT"}


async def test_a_users_own_events_come_once_also_those_of_a_break(
    api: Tapedeck, market: MovingMarket, served: Served
) -> None:
    account = await api.open_account(broker="Zerodha", label="Main", currency="INR")
    token = await api.token()

    async def trade(minute: int) -> str:
        bought = NewTrade(
            account_id=account.id,
            symbol="INFY",
            exchange="NSE",
            segment="equity",
            currency="INR",
            side="buy",
            quantity=Decimal(1),
            price=Decimal(100),
            executed_at=datetime(2026, 1, 30, 4, minute, tzinfo=UTC),
        )
        # not over the line that is cut
        direct_line = in_process(served.api)
        async with Tapedeck("http://tapedeck.test", token=token, transport=direct_line) as direct:
            recorded = await direct.record_trade(bought)
        await work(served.app)
        return recorded.id

    async with api.stream(user=True, options=QUICK) as stream:
        await anext(item async for item in stream if isinstance(item, Snapshot))
        wanted = [await trade(1)]
        told = [await _next_trade(stream)]
        market.break_off()
        wanted += [await trade(2), await trade(3)]
        market.come_back()
        told += [await _next_trade(stream), await _next_trade(stream)]
    assert told == wanted


async def _next_trade(stream: Stream) -> str:
    async with asyncio.timeout(PATIENCE_S):
        async for item in stream:
            assert not isinstance(item, Gap)
            if isinstance(item, Event) and item.kind == "trades_changed":
                (change,) = cast("list[dict[str, str]]", item.data["changes"])  # as TradesChanged has it
                return change["tradeId"]
    raise AssertionError("it ended")


async def test_who_signs_out_elsewhere_hears_no_more_within_seconds(api: Tapedeck, market: MovingMarket) -> None:
    async with api.stream("AAPL", options=QUICK) as stream:
        async for item in stream:
            if isinstance(item, Connected):
                break
        async with Tapedeck(market.url, token=await api.token()) as elsewhere:
            await elsewhere.sign_out()
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(SignedOut):
                await anext(item async for item in stream if isinstance(item, Event))


async def test_watch_prints_a_line_for_each_change(api: Tapedeck, market: MovingMarket) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "entrypoints.cli", "watch", "aapl", "no such thing!", "--every", "0", "--url", market.url),
        cwd=ROOT,
        env=os.environ | {"TAPEDECK_TOKEN": await api.token()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert await process.stderr.readline() == b"connected\n"
            assert b"is not a symbol" in await process.stderr.readline()
            price = f"{secrets.randbelow(10_000)}.25"
            await market.publish("AAPL", price)
            while price not in (line := (await process.stdout.readline()).decode()):
                assert line, "it ended"
    finally:
        process.terminate()
        await process.communicate()
    symbol, last, *_ = line.split("\t")
    assert (symbol, last) == ("AAPL", price)


async def test_the_example_of_its_readme_runs(served: Served, market: MovingMarket) -> None:
    """As it stands there, but for where the server is."""
    readme = (ROOT / "clients" / "python" / "README.md").read_text(encoding="utf-8")
    example = readme.split("```python\n")[1].split("```")[0]
    async with served.client() as client:
        person = {"email": "ann@example.com", "password": "seven horses painted blue"}
        await client.post("/api/v1/auth/register", json=person)
    assert all(word in example for word in ("http://127.0.0.1:8000", *person.values()))
    await market.publish("AAPL", price := f"{secrets.randbelow(10_000)}.75")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-u", "-c", example.replace("http://127.0.0.1:8000", market.url)),
        cwd=ROOT / "clients" / "python",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            # of the other symbol it prints what tests before this one left, if any
            while (line := (await process.stdout.readline()).decode()) != f"AAPL {price}\n":
                assert line.startswith("BTC-USD ")
    finally:
        process.terminate()
        await process.communicate()

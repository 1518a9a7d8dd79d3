"""The process that hears feeds follows what is wanted or held, and tells the last of all, whatever was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import final

import msgspec
import pytest

from adapters.market_data.live.counting import FeedCounts
from adapters.market_data.live.frames import SHARDS
from adapters.market_data.live.ingest import Around, Ingest
from adapters.market_data.live.opening import OpeningQuotes
from adapters.platform.clock import SystemClock
from adapters.platform.telemetry.metrics import Metrics
from application.market_data.live.ports import (
    BusAway,
    FeedHealth,
    FeedReports,
    HeldSymbols,
    LiveTick,
    ShardLeases,
    TickStore,
)
from application.market_data.ports import QuoteSource, SourceFailed
from domain.market_data.provenance import Provenance, Refusal
from domain.market_data.quote import Quote
from domain.market_data.tick import Tick
from domain.market_data.ticker import Ticker
from domain.shared.errors import Unavailable
from domain.shared.money import Currency
from tests.fakes.feeds import NOON, FakeFeed
from tests.fakes.live import FakeBus

pytestmark = pytest.mark.anyio

PATIENCE_S = 60
AAPL, MSFT, BTC = (Ticker.parse(text) for text in ("AAPL", "MSFT", "BTC-USD"))


@final
class Quotes(QuoteSource):
    """Knows Apple, and what it cost at noon; asked for more, it fails."""

    def __init__(self) -> None:
        self.asked = 0

    async def quotes(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Quote]:
        """Return it."""
        self.asked += 1
        if set(tickers) != {AAPL}:
            raise SourceFailed(Refusal.UNREACHABLE, "Not today.")
        said = Provenance(provider="massive", as_of=NOON, received_at=NOON)
        price = Decimal("189.5")
        return {
            AAPL: Quote(
                ticker=AAPL, currency=Currency("USD"), price=price, provenance=said, previous_close=Decimal(188)
            )
        }


@final
@dataclass
class Surroundings(ShardLeases, FeedReports, HeldSymbols, TickStore):
    """All shards are this process's; somebody holds Microsoft; the database can be away."""

    released: bool = False
    reports: list[FeedHealth] = field(default_factory=list[FeedHealth])
    stored: list[Tick] = field(default_factory=list[Tick])
    is_away: bool = False
    shards: frozenset[int] = frozenset(range(SHARDS))

    async def renew(self) -> frozenset[int]:
        """Return what this process has."""
        return self.shards

    async def release(self) -> None:
        """Note it."""
        self.released = True

    async def tell(self, feeds: Sequence[FeedHealth]) -> None:
        """Note it."""
        self.reports = list(feeds)

    async def told(self) -> Sequence[FeedHealth]:
        """Return what was noted."""
        return self.reports

    async def held(self) -> frozenset[Ticker]:
        """Return what somebody holds."""
        return frozenset({MSFT})

    async def add(self, ticks: Sequence[Tick]) -> None:
        """Note them."""
        if self.is_away:
            raise Unavailable("The database is away.")
        self.stored += ticks


@dataclass
class World:
    """A process that runs on a bus, with two feeds."""

    bus: FakeBus
    around: Surroundings
    first: FakeFeed
    second: FakeFeed
    metrics: Metrics
    stop: asyncio.Event
    quotes: Quotes

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the process does in its own time."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110 - it is seen from outside only
                await asyncio.sleep(0.005)  # as said

    def last(self, symbol: str) -> object:
        """Return the last price that was told of a symbol."""
        kept = self.bus.kept.get(symbol)
        return None if kept is None else msgspec.json.decode(kept.body)["last"]


@asynccontextmanager
async def running() -> AsyncIterator[World]:
    """A process that follows what Microsoft's holder and a listener want."""
    bus, around = FakeBus(), Surroundings()
    first, second = FakeFeed("massive", AAPL, MSFT, room=2), FakeFeed("yahoo", AAPL, MSFT, BTC)
    metrics, stop, quotes = Metrics(), asyncio.Event(), Quotes()
    ingest = Ingest(
        [first, second],
        Around(
            publisher=bus,
            leases=around,
            reports=around,
            held=around,
            store=around,
            clock=SystemClock(),
            counts=FeedCounts(metrics),
            opening=OpeningQuotes({"massive": quotes}),
        ),
    )
    task = asyncio.create_task(ingest.run(stop))
    try:
        yield World(bus, around, first, second, metrics, stop, quotes)
    finally:
        stop.set()
        await task


async def test_what_is_wanted_or_held_is_followed_over_the_first_feed_that_has_it() -> None:
    async with running() as world:
        await world.bus.listener().follow(frozenset({"AAPL", "BTC-USD", "no symbol!", "aapl"}))
        await world.until(
            lambda: world.first.followed == frozenset({AAPL, MSFT}) and world.second.followed == frozenset({BTC})
        )
        world.first.say(MSFT, 1)
        world.second.say(BTC, 2)
        await world.until(lambda: (world.last("MSFT"), world.last("BTC-USD")) == ("1", "2"))
        await world.until(lambda: {tick.ticker for tick in world.around.stored} >= {MSFT, BTC})
        await world.until(lambda: len(world.around.reports) == 2)
    assert world.around.released


async def test_a_symbol_begins_with_what_its_provider_says_when_asked() -> None:
    """The stream has said nothing yet; what it says later comes on top, and is not undone by what was asked for."""
    async with running() as world:
        await world.until(lambda: world.first.followed == frozenset({MSFT}))
        await world.bus.listener().follow(frozenset({"AAPL"}))
        await world.until(lambda: world.last("AAPL") == "189.5")
        world.first.say(AAPL, 190)
        await world.until(lambda: world.last("AAPL") == "190")
        assert msgspec.json.decode(world.bus.kept["AAPL"].body)["previousClose"] == "188"


async def test_a_symbol_begins_though_the_bus_goes_away_meanwhile() -> None:
    """What is followed from now on is new but once; a quiet symbol would have no price until something is traded."""
    async with running() as world:
        await world.until(lambda: world.first.followed == frozenset({MSFT}))
        world.bus.takes_no_untold = True
        await world.bus.listener().follow(frozenset({"AAPL"}))
        await world.until(lambda: world.first.followed == frozenset({AAPL, MSFT}))
        world.bus.takes_no_untold = False
        await world.until(lambda: world.last("AAPL") == "189.5")


async def test_while_the_bus_is_away_the_last_of_each_symbol_waits() -> None:
    """What was followed is followed on, and numbers go on where they were."""
    async with running() as world:
        await world.until(lambda: world.first.followed == frozenset({MSFT}))
        world.first.say(MSFT, 1)
        await world.until(lambda: world.last("MSFT") == "1")
        before = world.bus.kept["MSFT"].sequence
        world.bus.lose()
        for number in range(2, 20):
            world.first.say(MSFT, number)
        with pytest.raises(BusAway):
            await world.bus.publish([])
        world.bus.back()
        await world.until(lambda: world.last("MSFT") == "19")
        assert world.bus.kept["MSFT"].sequence == before + 18


async def test_what_another_process_takes_over_is_followed_no_more() -> None:
    """And begins, where it comes back, with a number above all that were told meanwhile."""
    async with running() as world:
        await world.until(lambda: world.first.followed == frozenset({MSFT}))
        mine, world.around.shards = world.around.shards, frozenset()
        await world.until(lambda: world.first.followed == frozenset())
        far_ahead = int(datetime.now(UTC).timestamp() * 1_000_000) + 60_000_000
        world.bus.kept["MSFT"] = LiveTick("MSFT", far_ahead, b'{"last":"5"}')
        world.around.shards = mine
        await world.until(lambda: world.first.followed == frozenset({MSFT}))
        world.first.say(MSFT, 6)
        await world.until(lambda: world.last("MSFT") == "6")
        assert world.bus.kept["MSFT"].sequence > far_ahead


async def test_after_a_cut_the_provider_is_asked_for_what_was_missed() -> None:
    """Once for many cuts in a row."""
    async with running() as world:
        await world.until(lambda: world.first.followed == frozenset({MSFT}))
        await world.bus.listener().follow(frozenset({"AAPL"}))
        await world.until(lambda: world.last("AAPL") == "189.5")
        asked = world.quotes.asked
        world.first.reconnects = 1
        await world.until(lambda: world.quotes.asked > asked)
        world.first.reconnects = 2
        await world.bus.listener().follow(frozenset({"BTC-USD"}))
        await world.until(lambda: BTC in world.second.followed)
        assert world.quotes.asked == asked + 1


async def test_what_was_shown_before_is_never_older_than_what_another_process_tells() -> None:
    """A provider that is asked may answer with what is older than the last that its stream told.

    The figures it answers with are told with the first price that is younger.
    """
    async with running() as world:
        await world.until(lambda: world.first.followed == frozenset({MSFT}))
        shown = (NOON + timedelta(seconds=5)).isoformat()
        world.bus.kept["AAPL"] = LiveTick("AAPL", 7, b'{"last":"200","asOf":"%s"}' % shown.encode())
        await world.bus.listener().follow(frozenset({"AAPL"}))
        registry = world.metrics.registry()
        await world.until(lambda: (registry.get_sample_value("ticks_total", {"outcome": "regressed"}) or 0) >= 2)
        world.first.say(AAPL, 6)
        await world.until(lambda: world.last("AAPL") == "6")
        assert msgspec.json.decode(world.bus.kept["AAPL"].body)["previousClose"] == "188"


async def test_what_no_feed_has_room_for_is_said() -> None:
    async with running() as world:
        listener = world.bus.listener()
        await listener.follow(frozenset({"BTC-USD", "NONE"}))
        await world.until(lambda: world.bus.untold == frozenset({"NONE"}))
        registry = world.metrics.registry()
        await world.until(lambda: registry.get_sample_value("feed_untold_symbols") == 1)


async def test_ticks_of_a_time_without_database_are_counted() -> None:
    """Nothing else stops for it."""
    async with running() as world:
        world.around.is_away = True
        await world.until(lambda: world.first.followed == frozenset({MSFT}))
        world.first.say(MSFT, 1)
        registry = world.metrics.registry()
        await world.until(lambda: registry.get_sample_value("ticks_total", {"outcome": "unstored"}) == 1)
        assert world.last("MSFT") == "1"
        assert registry.get_sample_value("feed_alive", {"provider": "massive"}) == 1

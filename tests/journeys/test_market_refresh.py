"""Prices of what is held are asked for while it trades, once after the close, and not otherwise."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import final

import httpx
import pytest

from adapters.ledger.market.closes_job import MarketClosesJob
from adapters.ledger.market.marks_job import MarketMarksJob
from adapters.ledger.market.prices import MarketPrices
from adapters.ledger.market.tickers import InstrumentTickers
from adapters.ledger.market.watched import Followed, Watched, WatchRules
from adapters.ledger.unit_of_work import SqlLedgerUnits
from adapters.market_data.calendars.packaged import PackagedCalendar
from adapters.platform.ids import Uuid7Factory
from application.ledger.proposals.propose_actions import ProposeActions
from application.market_data.chains import NoProviderAnswers
from application.market_data.history import BarBook, HistoryWanted, KnownHistory
from application.market_data.quotes import QuoteBook, Told
from application.shared.cache import Cached
from domain.market_data.bar import Adjustment, Bar, BarSeries
from domain.market_data.listing import Listing
from domain.market_data.provenance import Provenance
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from tests.fakes.directory import FakeDirectory
from tests.fakes.live import FakeBus
from tests.fakes.platform import FakeClock
from tests.journeys.ledger_api import INFY, Ledger, open_ledger
from tests.journeys.market_app import run
from tests.processes import PATIENCE_S
from tests.served import RegisterUser, Served

pytestmark = pytest.mark.anyio

# a Friday: Kolkata trades from 03:45 to 10:00, and does not on the two days after
OPEN = datetime(2026, 1, 30, 9, 0, tzinfo=UTC)
POPULAR = Ticker.parse("NSE:TCS")
LONDON, TOKYO = Ticker.parse("LSE:VOD"), Ticker.parse("TSE:7203")
ISIN = "INE009A01021"


@dataclass
class Says:
    """What the market says at the time of the clock."""

    clock: FakeClock
    ticker: Ticker
    currency: str = "INR"
    simulated: bool = False
    adjustment: Adjustment = Adjustment.NONE

    @property
    def provenance(self) -> Provenance:
        """Who says so."""
        now = self.clock.now()
        return Provenance(provider="test", as_of=now, received_at=now, simulated=self.simulated)


@final
@dataclass
class Quotes(QuoteBook):
    """Quotes of one share, of another that is popular, and of two elsewhere."""

    says: Says
    asked: list[Ticker] = field(default_factory=list[Ticker])
    all_asked: list[Ticker] = field(default_factory=list[Ticker])
    fails_for: Ticker | None = None
    hangs_for: Ticker | None = None

    async def read(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Cached[Told] | NoProviderAnswers]:
        """Tell them."""
        if self.fails_for in tickers:
            raise RuntimeError("a provider's answer that nobody thought of")
        if self.hangs_for in tickers:
            await asyncio.Event().wait()
        found: dict[Ticker, Cached[Told] | NoProviderAnswers] = {}
        for ticker in tickers:
            self.all_asked.append(ticker)
            quote = None
            if ticker in {self.says.ticker, POPULAR, LONDON, TOKYO}:
                self.asked.append(ticker)
                currency = Currency(self.says.currency)
                quote = Quote(ticker=ticker, currency=currency, price=Decimal(1600), provenance=self.says.provenance)
            found[ticker] = Cached(Told(quote), is_hit=False, age_s=0, ttl_s=60)
        return found


@final
@dataclass
class Bars(BarBook):
    """Days of one share, which costs as much as the day of the month."""

    says: Says
    asked: list[tuple[Ticker, HistoryWanted]] = field(default_factory=list[tuple[Ticker, HistoryWanted]])

    async def read(
        self, tickers: Collection[Ticker], wanted: HistoryWanted
    ) -> Mapping[Ticker, Cached[KnownHistory] | NoProviderAnswers]:
        """Tell them."""
        found: dict[Ticker, Cached[KnownHistory] | NoProviderAnswers] = {}
        for ticker in tickers:
            series = None
            if ticker == self.says.ticker:
                self.asked.append((ticker, wanted))
                series = BarSeries(
                    ticker=ticker,
                    interval=wanted.interval,
                    adjustment=self.says.adjustment,
                    currency=Currency(self.says.currency),
                    bars=list(self._days(wanted)),
                    provenance=self.says.provenance,
                )
            found[ticker] = Cached(KnownHistory(series), is_hit=False, age_s=0, ttl_s=60)
        return found

    def _days(self, wanted: HistoryWanted) -> list[Bar]:
        # midnight in Kolkata
        start = wanted.since.replace(hour=18, minute=30)
        days: list[Bar] = []
        while start < min(wanted.until, self.says.clock.now()):
            day = start + timedelta(days=1)
            if day.weekday() < 5:
                price = Decimal(day.day)
                days.append(Bar(start, price, price, price, price, Decimal(0)))
            start += timedelta(days=1)
        return days


@dataclass
class Watch:
    """A trader who holds ten shares, the jobs, and the time."""

    ledger: Ledger
    says: Says
    quotes: Quotes
    bars: Bars
    directory: FakeDirectory
    served: Served
    bus: FakeBus = field(default_factory=FakeBus)

    @property
    def clock(self) -> FakeClock:
        """The time of the jobs."""
        return self.says.clock

    @property
    def instrument(self) -> dict[str, str]:
        """What the trader calls the share."""
        return INFY | {"symbol": self.says.ticker.symbol}

    def marks(self, rules: WatchRules | None = None) -> MarketMarksJob:
        """The job of prices."""
        engine = self.served.app.platform.engine()
        watched = Watched(InstrumentTickers(engine, self.directory))
        followed, prices, calendar = Followed(self.bus), MarketPrices(engine), PackagedCalendar()
        return MarketMarksJob(watched, followed, prices, self.quotes, calendar, self.clock, rules or WatchRules())

    def closes(self, rules: WatchRules | None = None) -> MarketClosesJob:
        """The job of closes."""
        engine = self.served.app.platform.engine()
        tickers = InstrumentTickers(engine, self.directory)
        ids = Uuid7Factory()
        propose = ProposeActions(SqlLedgerUnits(engine, ids), self.clock, ids)
        return MarketClosesJob(
            Watched(tickers),
            tickers,
            MarketPrices(engine),
            self.bars,
            PackagedCalendar(),
            self.clock,
            propose,
            rules or WatchRules(),
        )


@pytest.fixture
async def watch(served: Served, register_user: RegisterUser) -> AsyncIterator[Watch]:
    """Prices belong to nobody, so that each trader has a share of their own."""
    ticker = Ticker.parse(f"NSE:X{secrets.token_hex(4).upper()}")
    async with served.client() as client:
        ledger = await open_ledger(client, await register_user(client))
        says = Says(FakeClock(OPEN), ticker)
        watch = Watch(ledger, says, Quotes(says), Bars(says), FakeDirectory(), served)
        await ledger.record("buy", "10", "1500", executedAt="2026-01-12T05:00:00Z", instrument=watch.instrument)
        yield watch


async def test_a_price_is_asked_for_while_there_is_trading_and_once_after_it(watch: Watch) -> None:
    """Not over the weekend, and again when the next session has begun."""
    job = watch.marks()
    asked: list[int] = []
    # 14:30, 14:35, 15:35 before the price is settled, 16:05, 17:00, on Saturday, on Monday before and after nine
    for minutes in (0, 5, 60, 30, 55, 60 * 24, 60 * 34, 60 * 7):
        watch.clock.advance(minutes=minutes)
        before = len(watch.quotes.asked)
        await job()
        asked.append(len(watch.quotes.asked) - before)
    assert asked == [1, 1, 0, 1, 0, 0, 0, 1]
    assert (await watch.ledger.only("/positions"))["mark"]["market"]["provider"] == "test"


async def test_with_few_calls_a_day_only_the_close_is_asked_for(watch: Watch) -> None:
    """Beside what has no price yet."""
    job = watch.marks(WatchRules(popular=(POPULAR,), is_scarce=True))
    asked: list[int] = []
    for minutes in (0, 5, 120, 5):
        watch.clock.advance(minutes=minutes)
        before = len(watch.quotes.asked)
        await job()
        asked.append(len(watch.quotes.asked) - before)
    assert asked == [1, 0, 1, 0]


async def test_what_is_popular_is_put_at_hand_and_values_nothing(watch: Watch) -> None:
    assert await watch.marks(WatchRules(popular=(POPULAR,)))() == 1
    assert watch.quotes.asked == [watch.says.ticker, POPULAR]


async def test_what_clients_follow_is_put_at_hand_while_it_trades(watch: Watch) -> None:
    """Once, whether it is held, popular or neither; prices come all the same while nobody can tell what is followed."""
    listener = watch.bus.listener()
    await listener.follow(frozenset({str(watch.says.ticker), str(POPULAR), str(LONDON), str(TOKYO), "no symbol"}))
    job = watch.marks(WatchRules(popular=(POPULAR,)))
    await job()
    # in Tokyo they have gone home
    assert sorted(map(str, watch.quotes.asked)) == sorted(map(str, [watch.says.ticker, POPULAR, LONDON]))
    watch.quotes.asked.clear()
    await watch.marks(WatchRules(is_scarce=True))()
    watch.bus.lose()
    watch.clock.advance(minutes=5)
    await job()
    assert watch.quotes.asked == [watch.says.ticker, POPULAR]


async def test_of_what_clients_follow_so_much_is_asked_a_run_and_all_of_it_in_turn(watch: Watch) -> None:
    """Whatever they follow: what people hold comes first, and has its price each time."""
    followed = {f"NSE:F{number:03}" for number in range(150)}
    await watch.bus.listener().follow(frozenset(followed))
    job, runs = watch.marks(), list[set[str]]()
    for _ in range(3):
        watch.quotes.all_asked.clear()
        assert await job() == 1
        runs.append({str(ticker) for ticker in watch.quotes.all_asked} & followed)
        assert watch.quotes.all_asked.index(watch.says.ticker) < len(watch.quotes.all_asked) - 100
        watch.clock.advance(minutes=5)
    assert [len(run) for run in runs] == [100, 100, 100]
    assert runs[0] | runs[1] == runs[1] | runs[2] == followed


async def test_what_nobody_holds_costs_nobody_a_price(watch: Watch) -> None:
    """Whether asking for it fails or takes for ever."""
    watch.quotes.fails_for = POPULAR
    assert await watch.marks(WatchRules(popular=(POPULAR,)))() == 1
    watch.quotes.fails_for, watch.quotes.hangs_for = None, POPULAR
    async with asyncio.timeout(PATIENCE_S):
        assert await watch.marks(WatchRules(popular=(POPULAR,), patience_s=0.01))() == 1


async def test_a_price_in_another_currency_is_none(watch: Watch) -> None:
    """An instrument is worth something in its own currency only."""
    watch.says.currency = "USD"
    await watch.marks()()
    assert (await watch.ledger.only("/positions"))["mark"]["source"] == "last_trade"


async def test_an_old_price_says_so(watch: Watch) -> None:
    """After as many days as a market ever pauses."""
    await watch.marks()()
    # the clock of the jobs stands in the past, and that of the database does not
    assert (await watch.ledger.only("/positions"))["mark"]["market"]["stale"] is True


async def test_a_day_is_looked_at_once_and_from_the_first_trade_on(watch: Watch) -> None:
    """Its close is what a read of that day shows; an earlier trade has more days looked at."""
    job = watch.closes()
    assert await job() == 14
    assert await job() == 0
    mark = (await watch.ledger.only("/positions", asOf="2026-01-20T10:00:00Z"))["mark"]
    assert (mark["price"], mark["asOf"], mark["source"]) == ("20", "2026-01-20T10:00:00Z", "market")
    # on a Sunday that of Friday, and before the close that of the day before
    for as_of, price in (("2026-01-18T12:00:00Z", "16"), ("2026-01-20T09:59:59Z", "19")):
        assert (await watch.ledger.only("/positions", asOf=as_of))["mark"]["price"] == price
    watch.clock.advance(hours=2)
    await job()
    assert (await watch.ledger.only("/positions", asOf="2026-01-30T10:00:00Z"))["mark"]["price"] == "30"
    count = len(watch.bars.asked)
    for hours in (24, 24):
        watch.clock.advance(hours=hours)
        await job()
    assert len(watch.bars.asked) == count
    await watch.ledger.record("buy", "1", "1500", executedAt="2025-12-15T05:00:00Z", instrument=watch.instrument)
    await job()
    assert (await watch.ledger.only("/positions", asOf="2025-12-16T12:00:00Z"))["mark"]["price"] == "16"


async def test_what_was_not_known_then_is_not_shown_of_then(watch: Watch) -> None:
    """Closes that came in later are of the past, but were not known in it."""
    await watch.closes()()
    past = {"asOf": "2026-01-20T12:00:00Z"}
    assert (await watch.ledger.only("/positions", **past))["mark"]["source"] == "market"
    known = await watch.ledger.get("/positions", **past, knownAt="2026-01-25T00:00:00Z")
    assert all(position["mark"]["source"] == "last_trade" for position in known)


async def test_prices_that_are_restated_for_dividends_are_no_prices(watch: Watch) -> None:
    """Nobody could have sold at them."""
    watch.says.adjustment = Adjustment.SPLITS_AND_DIVIDENDS
    assert await watch.closes()() == 0


async def test_an_instrument_without_a_known_exchange_is_found_by_its_number(watch: Watch) -> None:
    """If it is listed in the same currency; and it is quoted under the name that it has now."""
    listed = Ticker.parse("NSE:OLDINFY")
    await watch.directory.add(
        [Listing(ticker=listed, name="Infosys", currency=Currency("INR"), isin=ISIN, renamed_to=watch.says.ticker)],
        "test",
    )
    instrument = INFY | {"symbol": "INFOSYS", "exchange": "SOMEWHERE", "isin": ISIN}
    await watch.ledger.record("buy", "3", "1500", instrument=instrument)
    await watch.marks()()
    sources = {row["instrument"]["symbol"]: row["mark"]["source"] for row in await watch.ledger.get("/positions")}
    assert sources == {watch.says.ticker.symbol: "market", "INFOSYS": "market"}


async def test_what_is_made_up_values_nothing_unless_that_is_wanted(
    client: httpx.AsyncClient, served: Served, register_user: RegisterUser
) -> None:
    """The default: the last trade counts, in the figures of the past as well."""
    ledger = await open_ledger(client, await register_user(client))
    await ledger.record("buy", "10", "1500", executedAt="2026-01-12T05:00:00Z")
    for job in ("market_marks", "market_closes"):
        assert await run(served, job) == 0
    assert (await ledger.only("/positions"))["mark"]["source"] == "last_trade"
    assert (await ledger.only("/positions", asOf="2026-01-20T12:00:00Z"))["mark"]["source"] == "last_trade"
    assert await ledger.get("/ledger/proposals") == []

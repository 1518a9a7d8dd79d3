"""The made up market: plausible, the same for everybody, and marked as what it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.market_data.calendars.packaged import PackagedCalendar
from adapters.market_data.simulator.client import Simulator
from adapters.market_data.simulator.listings import COINS, INDICES, STOCKS
from adapters.market_data.simulator.settings import SimulatorSettings
from adapters.market_data.simulator.walk import Walk
from application.market_data.ports import SourceFailed, Span
from domain.market_data.bar import Bar, BarSeries, Interval, check_bar
from domain.market_data.provenance import Refusal
from domain.market_data.ticker import Ticker
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

# a Friday, in the middle of New York's day
NOW = datetime(2026, 11, 20, 18, 33, 12, tzinfo=UTC)
AAPL = Ticker("AAPL")


def simulator(now: datetime = NOW, **settings: float | tuple[str, ...]) -> Simulator:
    made = SimulatorSettings(
        seed=int(str(settings.get("seed", 1))),
        failing=float(str(settings.get("failing", 0))),
        halted=halted if isinstance(halted := settings.get("halted", ()), tuple) else (),
    )
    return Simulator(made, PackagedCalendar(), FakeClock(now))


async def series(market: Simulator, text: str, interval: Interval, days: int) -> BarSeries:
    found = await market.bars(
        Ticker.parse(text), Span(interval=interval, since=NOW - timedelta(days=days), until=NOW + timedelta(days=1))
    )
    assert found is not None
    return found


async def test_everything_that_is_listed_has_a_quote_that_is_marked_as_made_up() -> None:
    tickers = [each.ticker for each in (*STOCKS, *INDICES, *COINS)]
    quotes = await simulator().quotes(tickers)
    assert set(quotes) == set(tickers)
    for quote in quotes.values():
        assert quote.provenance.simulated
        assert quote.low is not None
        assert quote.high is not None
        assert quote.low <= quote.price <= quote.high
        assert NOW - timedelta(days=4) <= quote.provenance.as_of <= NOW


async def test_the_same_seed_tells_the_same_and_another_seed_something_else() -> None:
    """Over processes and restarts: nothing is stored, and nothing depends on what was asked before."""
    busy = simulator()
    await series(busy, "AAPL", Interval.DAY, 3_000)
    first, again, other = [(await each.quotes([AAPL]))[AAPL] for each in (busy, simulator(), simulator(seed=2))]
    assert first == again
    assert first.price != other.price


@pytest.mark.parametrize("interval", Interval)
@pytest.mark.parametrize("text", ["AAPL", "TSE:7203", "BTC-EUR", "EURUSD=X"])
async def test_bars_are_possible_and_none_is_of_the_future(text: str, interval: Interval) -> None:
    found = await series(simulator(), text, interval, 40)
    assert found.bars
    for bar in found.bars:
        check_bar(bar)
        assert bar.start <= NOW


async def test_bars_of_all_lengths_agree() -> None:
    """A day's minutes, its hours and the day itself have the same first, highest, lowest and last price."""
    market = simulator()
    day = (await series(market, "NSE:INFY", Interval.DAY, 3)).bars[-2]
    for interval in (Interval.MINUTE, Interval.FIVE_MINUTES, Interval.HOUR):
        parts = [
            bar
            for bar in (await series(market, "NSE:INFY", interval, 4)).bars
            if day.start <= bar.start < day.start + timedelta(days=1)
        ]
        assert _joined(parts) == day[1:5]


def _joined(bars: list[Bar]) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return bars[0].open, max(bar.high for bar in bars), min(bar.low for bar in bars), bars[-1].close


@pytest.mark.parametrize("text", ["BTC-USD", "ETH-USD", "NSE:INFY", "AAPL"])
async def test_what_is_traded_moves(text: str) -> None:
    """At the bounds of its day a price turns, instead of standing still until it may go back."""
    bars = (await series(simulator(), text, Interval.MINUTE, 6)).bars
    still = [before.close == bar.close for before, bar in pairwise(bars)]
    longest = max(len(list(run)) for stands, run in groupby(still) if stands) if any(still) else 0
    assert longest < 5


async def test_a_split_makes_a_gap_and_stands_beside_the_bars() -> None:
    """The stock splits one into four on 31 August 2020: its price on that morning is about a quarter."""
    found = await simulator().bars(
        AAPL,
        Span(
            interval=Interval.DAY,
            since=datetime(2020, 8, 27, tzinfo=UTC),
            until=datetime(2020, 9, 3, tzinfo=UTC),
        ),
    )
    assert found is not None
    assert [(each.day, each.new, each.old) for each in found.splits] == [(date(2020, 8, 31), 4, 1)]
    before, after = (bar for bar in found.bars if bar.start.date() in {date(2020, 8, 28), date(2020, 8, 31)})
    assert Decimal("3.4") < before.close / after.open < Decimal("4.6")


async def test_nothing_trades_on_holidays_and_at_weekends() -> None:
    days = {bar.start.date() for bar in (await series(simulator(), "NYSE:IBM", Interval.DAY, 365)).bars}
    assert not {date(2025, 12, 25), date(2026, 7, 3), date(2026, 11, 15)} & days
    assert len(days) == pytest.approx(251, abs=2)


async def test_trading_is_halted_now_and_then() -> None:
    """Some minutes of a session are missing, and the price stands still in them."""
    found = await series(simulator(), "NYSE:IBM", Interval.MINUTE, 30)
    others = await series(simulator(seed=5), "NYSE:KO", Interval.MINUTE, 30)
    steps = [
        after.start - before.start
        for each in (found, others)
        for before, after in zip(each.bars, each.bars[1:], strict=False)
    ]
    assert {step for step in steps if step < timedelta(hours=6)} <= {timedelta(minutes=1), timedelta(minutes=31)}


async def test_there_are_outages_on_demand() -> None:
    with pytest.raises(SourceFailed) as raised:
        await simulator(failing=1).quotes([AAPL])
    assert raised.value.refusal is Refusal.UNREACHABLE


async def test_what_is_halted_on_demand_does_not_move() -> None:
    market = simulator(halted=("AAPL",))
    quote = (await market.quotes([AAPL]))[AAPL]
    later = (await simulator(NOW + timedelta(hours=1), halted=("AAPL",)).quotes([AAPL]))[AAPL]
    assert quote.price == later.price
    assert quote.provenance.as_of == later.provenance.as_of == datetime(2026, 11, 19, 21, tzinfo=UTC)


async def test_what_is_not_listed_is_unknown_and_found_by_what_it_resembles() -> None:
    market, typo = simulator(), Ticker("APPL")
    assert await market.quotes([typo]) == {}
    assert await market.bars(typo, Span(interval=Interval.DAY, since=NOW - timedelta(days=9), until=NOW)) is None
    assert str((await market.search("APPL", 3))[0].ticker) == "NASDAQ:AAPL"
    assert str((await market.search("Infosys", 3))[0].ticker) == "NSE:INFY"


async def test_no_round_trip_through_currencies_gains_anything() -> None:
    tickers = [Ticker.parse(text) for text in ("EURUSD=X", "USDINR=X", "EURINR=X")]
    ends = [(await series(simulator(), str(ticker), Interval.DAY, 9)).bars[-3].close for ticker in tickers]
    assert ends[0] * ends[1] == pytest.approx(ends[2], rel=Decimal("1e-4"))


@given(st.lists(st.integers(0, 1 << 14), min_size=1, max_size=20))
def test_a_walk_is_the_same_whatever_was_looked_at_before(steps: list[int]) -> None:
    walk = Walk("any", 14)
    assert [walk.at(step) for step in steps] == [Walk("any", 14).at(step) for step in steps]

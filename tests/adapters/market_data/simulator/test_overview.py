"""The made up market as a whole fits the made up quotes, is the same for the same seed, and says that it is made up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.market_data.calendars.packaged import PackagedCalendar
from adapters.market_data.simulator.client import Simulator
from adapters.market_data.simulator.overview import SimulatedOverview
from adapters.market_data.simulator.settings import SimulatorSettings
from domain.market_data.movement import Direction
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency
from tests.adapters.market_data.mutations import decimals
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
USD = Currency("USD")
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def market(seed: int = 1) -> tuple[Simulator, SimulatedOverview]:
    clock = FakeClock(NOW)
    simulator = Simulator(SimulatorSettings(seed=seed), PackagedCalendar(), clock)
    return simulator, SimulatedOverview(simulator, simulator, seed, clock)


async def test_a_coin_costs_what_its_quote_says() -> None:
    """And all of it is worth what there is of it at that price; ranks follow from that."""
    simulator, overview = market()
    coins = await overview.top(USD, 5)
    assert [coin.rank for coin in coins] == [1, 2, 3, 4, 5]
    worth = [coin.market_cap or Decimal(0) for coin in coins]
    assert worth == sorted(worth, reverse=True)
    bitcoin = (await overview.coins(["bitcoin", "unheard-of"], USD))["bitcoin"]
    ticker = Ticker.parse("BTC-USD")
    assert bitcoin.price == (await simulator.quotes([ticker]))[ticker].price
    assert bitcoin.market_cap == bitcoin.price * 19_800_000
    assert bitcoin.provenance.simulated


@pytest.mark.parametrize(
    ("days", "apart"), [(1, timedelta(minutes=5)), (7, timedelta(hours=1)), (30, timedelta(days=1))]
)
async def test_a_history_is_the_closer_the_shorter(days: int, apart: timedelta) -> None:
    """It reaches as far back as was asked for, and no further."""
    _, overview = market()
    found = await overview.coin_history("bitcoin", USD, days)
    assert found is not None
    first, second = found.points[:2]
    assert second.at - first.at == apart
    assert NOW - timedelta(days=days) <= first.at < NOW - timedelta(days=days) + apart
    assert await overview.coin_history("unheard-of", USD, days) is None


async def test_coins_are_found_by_id_letters_or_name() -> None:
    _, overview = market()
    assert [each.id for each in await overview.find_coins("btc", 5)] == ["bitcoin"]
    assert [each.id for each in await overview.find_coins("Card", 5)] == ["cardano"]
    assert await overview.find_coins("unheard-of", 5) == []


async def test_movers_are_those_whose_quotes_moved() -> None:
    """Those that rose rose, most first; those that fell are others."""
    _, overview = market()
    up, down = await overview.movers(Direction.UP, 50), await overview.movers(Direction.DOWN, 50)
    rises = [quote.change_percent or Decimal(0) for quote in up]
    falls = [quote.change_percent or Decimal(0) for quote in down]
    assert rises == sorted(rises, reverse=True)
    assert falls == sorted(falls)
    assert min(rises) > 0 > max(falls)
    assert {quote.ticker for quote in up}.isdisjoint(quote.ticker for quote in down)


async def test_a_company_is_worth_its_shares() -> None:
    """Its figures fit the price and each other; coins and strangers are no companies."""
    simulator, overview = market()
    found = await overview.fundamentals(Ticker("AAPL"))
    assert found is not None
    ticker = Ticker("AAPL", "NASDAQ")
    price = (await simulator.quotes([ticker]))[ticker].price
    assert (found.ticker, found.provenance.simulated) == (ticker, True)
    assert found.figures["market_cap"] == (price * found.figures["shares_outstanding"]).quantize(Decimal(1))
    assert abs(found.figures["earnings_per_share"] * found.figures["price_to_earnings"] - price) < Decimal("0.05")
    assert await overview.fundamentals(Ticker.parse("BTC-USD")) is None
    assert await overview.fundamentals(Ticker("UNHEARD")) is None


async def test_what_lies_ahead_has_an_estimate_and_nothing_more() -> None:
    """What lies behind has a figure; all are on days of the week and within the days asked for."""
    _, overview = market()
    reports = await overview.earnings(*NOVEMBER)
    assert reports
    assert all((report.earnings is not None) == (report.day < NOW.date()) for report in reports)
    assert all(report.day.weekday() < 5 and NOVEMBER[0] <= report.day <= NOVEMBER[1] for report in reports)
    figures = await overview.releases(*NOVEMBER)
    assert all((figure.actual is not None) == (figure.at <= NOW) for figure in figures)
    assert all(figure.estimate is not None and figure.previous is not None for figure in figures)


async def test_every_company_reports_once_a_quarter() -> None:
    """Over a year, four times, each of another quarter."""
    _, overview = market()
    reports = await overview.earnings(date(2026, 1, 1), date(2026, 12, 31))
    of_apple = [report.fiscal_period_end for report in reports if report.ticker.symbol == "AAPL"]
    assert of_apple == [date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30)]


async def test_payrolls_come_on_a_first_friday_morning_in_new_york() -> None:
    """Whatever the season."""
    _, overview = market()
    found = await overview.releases(date(2026, 1, 1), date(2026, 12, 31))
    payrolls = [figure.at for figure in found if figure.name == "Nonfarm Payrolls"]
    assert len(payrolls) == 12
    assert all(at.weekday() == 4 and at.day <= 7 for at in payrolls)
    assert {at.strftime("%H:%M") for at in payrolls} == {"13:30", "12:30"}


async def test_one_seed_is_one_market() -> None:
    """Another seed is another one."""
    one, same, other = (market(seed)[1] for seed in (1, 1, 2))
    assert await one.earnings(*NOVEMBER) == await same.earnings(*NOVEMBER)
    assert await one.trending(10) == await same.trending(10)
    assert await one.trending(10) != await other.trending(10)
    assert all(value.is_finite() for value in decimals(await one.releases(*NOVEMBER)))

"""What most ask for is there when they ask, and a job that finds nobody to ask does no harm."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.market_data.calendars.packaged import PackagedCalendar
from adapters.market_data.overview_jobs import CalendarsJob, TopCoinsJob
from adapters.market_data.simulator.client import Simulator
from adapters.market_data.simulator.overview import SimulatedOverview
from adapters.market_data.simulator.settings import SimulatorSettings
from application.market_data.asking import Asking
from application.market_data.chains import Chains, Link
from application.market_data.ports import CoinSource, EarningsSource, ReleaseSource
from application.market_data.read_earnings import ReadEarnings
from application.market_data.read_top_coins import ReadTopCoins
from domain.shared.money import Currency
from tests.application.market_data.test_asking import READER, SHELVES
from tests.fakes.cache import FakeCache
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 2, 15, 30, tzinfo=UTC)


def overview(clock: FakeClock) -> SimulatedOverview:
    simulator = Simulator(SimulatorSettings(), PackagedCalendar(), clock)
    return SimulatedOverview(simulator, simulator, 1, clock)


async def test_what_most_ask_for_is_at_hand() -> None:
    """The coins in dollars, and the calendars of the coming week."""
    clock = FakeClock(NOW)
    cache, source = FakeCache(clock), overview(clock)
    coin_links: list[Link[CoinSource]] = [Link("simulator", source)]
    earnings_links: list[Link[EarningsSource]] = [Link("simulator", source)]
    release_links: list[Link[ReleaseSource]] = [Link("simulator", source)]
    coins = Asking(Chains({None: coin_links}), cache, unknown_s=600)
    earnings = Asking(Chains({None: earnings_links}), cache, unknown_s=600)
    releases = Asking(Chains({None: release_links}), cache, unknown_s=600)
    assert await TopCoinsJob(coins, SHELVES)() == 12
    assert await CalendarsJob(earnings, releases, SHELVES, clock)() > 0
    assert (await ReadTopCoins(coins, SHELVES.top_coin_shelf)(READER, Currency("USD"), 5)).is_hit
    assert (await ReadEarnings(earnings, SHELVES.earnings_shelf, clock)(READER)).is_hit


async def test_a_job_that_finds_nobody_to_ask_is_done() -> None:
    """It has nothing at hand, and is no failure of the schedule."""
    clock = FakeClock(NOW)
    coins: Asking[CoinSource] = Asking(Chains({}), FakeCache(clock), unknown_s=600)
    assert await TopCoinsJob(coins, SHELVES)() == 0

"""The same history asked for twice costs the provider one call, whichever processes ask."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.market_data.bars.chain import bar_chains
from adapters.market_data.bars.sql_store import SqlBarStore
from adapters.market_data.calendars.packaged import PackagedCalendar
from adapters.market_data.offers import Plumbing, open_offers
from adapters.market_data.settings import MarketDataSettings
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.platform.database.engine import open_engine
from adapters.platform.http_client.addresses import Reach
from adapters.platform.http_client.client import HttpClient
from adapters.platform.resilience.policies import Policies
from domain.market_data.asset_class import AssetClass
from domain.market_data.bar import BarSeries
from tests.adapters.market_data.yahoo import samples
from tests.contracts.market_data.subject import AAPL, DAYS, NOW
from tests.fakes.platform import FakeClock, FakeRateLimiter
from tests.provider_server import FakeProvider, answer, providing

pytestmark = pytest.mark.anyio


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    """A provider that listens."""
    async with providing() as fake:
        yield fake


async def ask(url: str, database_url: str) -> BarSeries | None:
    """What a process of its own is told, which has nothing in common with others but the database."""
    engine = open_engine(database_url, pool_size=1)
    http = HttpClient(Reach.CONFIGURED, timeout_s=60)
    settings = MarketDataSettings(providers=(YahooSettings(url=url, crumb_url=url, cookie_url=url),))
    calendar, clock = PackagedCalendar(), FakeClock(NOW)
    offers = open_offers(Plumbing(settings, Policies(), http, calendar, clock, FakeRateLimiter(clock)))
    chains = bar_chains(offers, settings, SqlBarStore(engine), calendar, clock)
    try:
        return (await chains.ask(AssetClass.STOCK, lambda source: source.bars(AAPL, DAYS))).value
    finally:
        await http.aclose()
        await engine.dispose()


async def test_two_processes_cost_one_call(fake: FakeProvider, database_url: str) -> None:
    """And are told the same, to the last digit and with the same provenance."""
    fake.will(answer(200, samples.CHART))
    first = await ask(fake.url, database_url)
    assert first is not None
    assert first.bars
    assert await ask(fake.url, database_url) == first
    assert len(fake.received) == 1

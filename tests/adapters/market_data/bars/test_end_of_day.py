"""When an exchange has closed, what was once asked for gets its last bar without anybody asking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.market_data.bars.end_of_day import EndOfDayBars
from adapters.market_data.calendars.packaged import PackagedCalendar
from application.market_data.chains import Chains, Link
from application.market_data.ports import BarSource
from application.market_data.stored_bars import StoredBars
from domain.market_data.asset_class import AssetClass
from tests.application.market_data.test_stored_bars import AAPL, Provider, days
from tests.fakes.bars import FakeBarStore
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

# half past three on a Thursday in New York
THURSDAY = datetime(2024, 6, 13, 19, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> FakeClock:
    """The time before the close."""
    return FakeClock(THURSDAY)


@pytest.fixture
def provider(clock: FakeClock) -> Provider:
    """A provider that answers."""
    return Provider(clock)


@pytest.fixture
async def job(provider: Provider, clock: FakeClock) -> EndOfDayBars:
    """One history was asked for while the exchange was open."""
    store, calendar = FakeBarStore(), PackagedCalendar()
    stored = StoredBars("test", provider, store, calendar, clock, timedelta(minutes=5))
    await stored.bars(AAPL, days(3, 28))
    link: Link[BarSource] = Link("test", stored)
    return EndOfDayBars(store, Chains({AssetClass.STOCK: [link]}), calendar, clock)


async def test_a_day_is_asked_for_once_after_the_close(job: EndOfDayBars, provider: Provider, clock: FakeClock) -> None:
    """Not before, not twice, and not on a day without trading."""
    assert await job() == 0
    clock.advance(hours=1, minutes=1)
    assert await job() == 1
    assert provider.asked[-1].since == datetime(2024, 6, 13, 4, tzinfo=UTC)
    clock.advance(hours=2)
    assert await job() == 0
    clock.advance(days=1)
    assert await job() == 1
    clock.advance(days=1)
    assert await job() == 0
    assert len(provider.asked) == 3


async def test_a_provider_that_fails_is_asked_again_in_the_next_turn(
    job: EndOfDayBars, provider: Provider, clock: FakeClock
) -> None:
    """And what it lacked then is filled with what came since."""
    clock.advance(hours=2)
    provider.fails = True
    assert await job() == 0
    provider.fails = False
    clock.advance(days=1)
    assert await job() == 1
    assert provider.asked[-1].since == datetime(2024, 6, 13, 4, tzinfo=UTC)

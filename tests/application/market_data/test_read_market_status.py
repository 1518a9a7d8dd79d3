"""The status of markets at instants whose circumstances are known."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from adapters.market_data.calendars.packaged import PackagedCalendar
from application.market_data.read_market_status import ReadMarketStatus
from domain.market_data.calendar import MarketState
from domain.shared.access import Actor, Scope
from domain.shared.errors import Forbidden
from domain.shared.ids import OrganisationId, SessionId, UserId
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

READER = Actor(UserId(UUID(int=1)), OrganisationId(UUID(int=2)), SessionId(UUID(int=3)), frozenset({Scope.MARKET_READ}))
THANKSGIVING = datetime(2026, 11, 26, 15, tzinfo=UTC)


def reading(at: datetime) -> ReadMarketStatus:
    return ReadMarketStatus(PackagedCalendar(), FakeClock(at))


async def test_a_holiday_is_named_and_the_half_day_after_it_is_known() -> None:
    """New York is closed on Thanksgiving, opens the next day at 9:30 and closes at 13:00."""
    (status,) = await reading(THANKSGIVING)(READER, ["NYSE"])
    assert (status.state, status.special is not None) == (MarketState.CLOSED, True)
    assert status.opens_at == datetime(2026, 11, 27, 14, 30, tzinfo=UTC)
    assert status.closes_at == datetime(2026, 11, 27, 18, tzinfo=UTC)


async def test_others_trade_meanwhile() -> None:
    (status,) = await reading(THANKSGIVING)(READER, ["LSE"])
    assert status.state is MarketState.OPEN


async def test_the_market_is_for_those_who_may_read_it() -> None:
    with pytest.raises(Forbidden):
        await reading(THANKSGIVING)(Actor(READER.user_id, READER.organisation_id, READER.session_id, frozenset()))

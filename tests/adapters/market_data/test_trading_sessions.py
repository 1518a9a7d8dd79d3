"""Times that follow exchanges: on the days on which they trade, by their own clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.market_data.calendars.trading_sessions import packaged_sessions
from application.shared.cron import Cron
from application.shared.schedules import END_OF_DAY_BARS, CatchUp, Schedule
from application.shared.sessions import AtSessions, Edge, Sessions

CALENDAR = packaged_sessions()
HALF_HOUR = timedelta(minutes=30)


def times(entry: AtSessions, first: str, last: str) -> list[str]:
    """Return the slots of the days, as UTC tells them."""
    begin, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last))
    return [f"{slot.at:%m-%d %H:%M}" for slot in entry.slots(begin, end, CALENDAR)]


def at(edge: Edge, *exchanges: str, delays: tuple[timedelta, ...] = (timedelta(0),)) -> AtSessions:
    return AtSessions(edge=edge, exchanges=frozenset(exchanges), delays=delays)


def test_the_close_keeps_to_the_clock_of_the_exchange_when_that_is_put_forward_or_back() -> None:
    close = at(Edge.CLOSE, "NYSE")
    assert times(close, "2026-03-06", "2026-03-10") == ["03-06 21:00", "03-09 20:00"]
    assert times(close, "2026-10-30", "2026-11-03") == ["10-30 20:00", "11-02 21:00"]


def test_it_comes_early_on_a_half_day_and_not_at_all_on_a_holiday_or_weekend() -> None:
    assert times(at(Edge.CLOSE, "NYSE"), "2025-11-26", "2025-12-02") == ["11-26 21:00", "11-28 18:00", "12-01 21:00"]


def test_a_day_with_a_break_opens_once_and_closes_once() -> None:
    assert times(at(Edge.OPEN, "TSE"), "2026-01-13", "2026-01-15") == ["01-14 00:00", "01-15 00:00"]
    assert times(at(Edge.CLOSE, "TSE"), "2026-01-13", "2026-01-15") == ["01-13 06:30", "01-14 06:30"]


def test_a_special_session_counts_as_a_day() -> None:
    assert times(at(Edge.CLOSE, "NSE"), "2025-10-21", "2025-10-22") == ["10-21 09:15"]


def test_exchanges_that_close_together_make_one_slot_and_each_delay_one() -> None:
    together = at(Edge.CLOSE, "NYSE", "NASDAQ", delays=(timedelta(0), HALF_HOUR))
    assert times(together, "2026-01-13", "2026-01-14") == ["01-13 21:00", "01-13 21:30"]


def test_the_next_one_is_found_over_a_long_weekend() -> None:
    found = at(Edge.CLOSE, "NYSE").next_after(datetime(2026, 4, 2, 20, 0, tzinfo=UTC), CALENDAR)
    assert found is not None
    assert found.at == datetime(2026, 4, 6, 20, tzinfo=UTC)


class Nobody(Sessions):
    """No exchange trades any more."""

    def edges(self, edge: Edge, exchanges: frozenset[str], after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield nothing."""
        del edge, exchanges, after, until
        yield from ()


def test_without_any_session_there_is_no_next_one() -> None:
    assert at(Edge.CLOSE, "NYSE").next_after(datetime(2026, 1, 1, tzinfo=UTC), Nobody()) is None


def test_what_is_next_is_the_first_of_what_comes() -> None:
    """For every hour of a year's worst weeks, and all exchanges of the world."""
    entry = END_OF_DAY_BARS.at_sessions
    assert entry is not None
    now = datetime(2025, 12, 23, tzinfo=UTC)
    while now < datetime(2026, 1, 3, tzinfo=UTC):
        following = entry.next_after(now, CALENDAR)
        assert following is not None
        assert following == next(entry.slots(now, now + timedelta(days=5), CALENDAR))
        now += timedelta(hours=7)


def test_an_entry_follows_either_the_clock_or_exchanges() -> None:
    zone, cron = END_OF_DAY_BARS.zone, Cron.parse("0 * * * *")
    with pytest.raises(ValueError, match="either"):
        Schedule(name="odd", zone=zone, catch_up=CatchUp.SKIP)
    with pytest.raises(ValueError, match="either"):
        Schedule(name="odd", zone=zone, catch_up=CatchUp.SKIP, cron=cron, at_sessions=at(Edge.OPEN))

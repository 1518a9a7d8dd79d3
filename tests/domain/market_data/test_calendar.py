"""An instant lies in a session, between two of them, or outside; and the next ones are told right on every clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.market_data.calendar import MarketState, SpecialDay, last_close, sessions, status
from domain.market_data.exchange import EXCHANGES

NYSE, NSE, TSE, CRYPTO = (EXCHANGES[code] for code in ("NYSE", "NSE", "TSE", "CRYPTO"))
HOLIDAY = SpecialDay("Holiday")
HALF_DAY = SpecialDay("Half day", ((time(9, 30), time(13)),))
SPECIAL = SpecialDay("Special session", ((time(18), time(19)),))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_session_is_in_local_time_whatever_the_season() -> None:
    """New York opens at 14:30 UTC in winter and at 13:30 in summer."""
    assert sessions(NYSE, date(2026, 1, 15), None)[0].opens_at == utc("2026-01-15T14:30")
    assert sessions(NYSE, date(2026, 7, 15), None)[0].opens_at == utc("2026-07-15T13:30")


def test_the_end_of_a_session_is_closed() -> None:
    """The opening instant belongs to it, the closing one does not."""
    assert status(NSE, {}, utc("2026-11-20T03:45")).state is MarketState.OPEN
    assert status(NSE, {}, utc("2026-11-20T10:00")).state is MarketState.CLOSED
    found = status(NSE, {}, utc("2026-11-20T09:59:59"))
    assert (found.opens_at, found.closes_at) == (utc("2026-11-23T03:45"), utc("2026-11-20T10:00"))


def test_lunch_is_a_break() -> None:
    """Tokyo rests from 11:30 to 12:30, and opens again on the same day."""
    found = status(TSE, {}, utc("2026-11-20T03:00"))
    assert found.state is MarketState.BREAK
    assert (found.opens_at, found.closes_at) == (utc("2026-11-20T03:30"), utc("2026-11-20T06:30"))


def test_special_days_win_over_weekdays() -> None:
    """A holiday is closed, a half day ends early, and a Saturday may have a session."""
    days = {date(2026, 11, 26): HOLIDAY, date(2026, 11, 27): HALF_DAY}
    found = status(NYSE, days, utc("2026-11-26T15:00"))
    assert (found.state, found.special, found.opens_at) == (MarketState.CLOSED, HOLIDAY, utc("2026-11-27T14:30"))
    assert status(NYSE, days, utc("2026-11-27T18:00")).state is MarketState.CLOSED
    saturday = {date(2026, 11, 21): SPECIAL}
    assert status(NSE, saturday, utc("2026-11-21T12:45")).state is MarketState.OPEN
    assert status(NSE, {}, utc("2026-11-21T12:45")).state is MarketState.CLOSED


def test_the_last_close_is_that_of_the_last_session() -> None:
    """On a Saturday that of Friday, after a half day the early one, and during a session the one before."""
    days = {date(2026, 11, 26): HOLIDAY, date(2026, 11, 27): HALF_DAY}
    assert last_close(NYSE, days, utc("2026-11-28T12:00")) == utc("2026-11-27T18:00")
    assert last_close(NYSE, days, utc("2026-11-27T17:59")) == utc("2026-11-25T21:00")
    assert last_close(TSE, {}, utc("2026-11-20T03:00")) == utc("2026-11-20T02:30")
    assert last_close(CRYPTO, {}, utc("2026-11-20T03:00")) is None


def test_what_never_closes_has_no_next() -> None:
    """It is open on any day."""
    found = status(CRYPTO, {}, utc("2026-12-25T00:00"))
    assert (found.state, found.opens_at, found.closes_at) == (MarketState.OPEN, None, None)


@given(
    at=st.integers(946_684_800, 2_840_140_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    code=st.sampled_from(sorted(set(EXCHANGES) - {"CRYPTO"})),
    special=st.dictionaries(st.integers(0, 15), st.sampled_from([HOLIDAY, HALF_DAY, SPECIAL]), max_size=4),
)
def test_next_is_after_now_and_states_agree_with_a_walk(
    at: datetime, code: str, special: dict[int, SpecialDay]
) -> None:
    """Against a walk over all sessions of the days around."""
    exchange = EXCHANGES[code]
    first = at.date() - timedelta(days=1)
    days = {first + timedelta(days=ahead): each for ahead, each in special.items()}
    every = [
        one
        for ahead in range(20)
        for day in [first + timedelta(days=ahead)]
        for one in sessions(exchange, day, days.get(day))
    ]
    found = status(exchange, days, at)
    assert (found.state is MarketState.OPEN) == any(one.opens_at <= at < one.closes_at for one in every)
    assert found.opens_at == min(one.opens_at for one in every if one.opens_at > at)
    assert found.closes_at == min(one.closes_at for one in every if one.closes_at > at)

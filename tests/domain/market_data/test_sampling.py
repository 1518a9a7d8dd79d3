"""Longer bars keep the hours and days of the exchange, and what is missing is told from what was never there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market_data.bar import Bar, Interval, check_bar
from domain.market_data.calendar import SpecialDay
from domain.market_data.exchange import EXCHANGES
from domain.market_data.gaps import Gap, gaps
from domain.market_data.resampling import by_calendar, by_session
from domain.market_data.restating import days_of
from domain.market_data.settled import end_of, home_of, may_have_traded, settled_until
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.time import zone

NYSE, TOKYO, CRYPTO = EXCHANGES["NYSE"], EXCHANGES["TSE"], EXCHANGES["CRYPTO"]
NEW_YORK = zone(NYSE.zone)
MINUTE = timedelta(minutes=1)
HOLIDAY = {date(2024, 6, 19): SpecialDay("Juneteenth")}


def at(text: str, where: str = NYSE.zone) -> datetime:
    """A time by the clock of a place."""
    return datetime.fromisoformat(text).replace(tzinfo=zone(where)).astimezone(UTC)


def bars(first: datetime, count: int, step: timedelta = MINUTE) -> list[Bar]:
    """Bars whose prices tell which they are."""
    return [
        Bar(first + step * n, Decimal(n + 1), Decimal(n + 2), Decimal(n), Decimal(n + 1), Decimal(10))
        for n in range(count)
    ]


DAYS_OF_MINUTES = bars(at("2024-06-12T00:00"), 5_001)


def test_hours_are_counted_from_the_opening() -> None:
    """So New York's first begins at half past nine and its last has half an hour; what is before and after is apart."""
    found = by_session(bars(at("2024-06-12T09:20"), 420), Interval.HOUR, NYSE, {})
    assert [bar.start.astimezone(NEW_YORK).strftime("%H:%M") for bar in found] == [
        "08:30",
        *(f"{hour:02}:30" for hour in range(9, 16)),
        "16:00",
    ]
    assert [int(bar.volume) for bar in found] == [100, *[600] * 6, 300, 200]
    assert [*found[1][1:]] == [11, 71, 10, 70, 600]


def test_each_session_of_a_day_is_counted_from_its_own_opening() -> None:
    """Tokyo has lunch until half past twelve."""
    found = by_session(
        [*bars(at("2024-06-12T09:00", TOKYO.zone), 150), *bars(at("2024-06-12T12:30", TOKYO.zone), 90)],
        Interval.HOUR,
        TOKYO,
        {},
    )
    assert [bar.start.astimezone(zone(TOKYO.zone)).strftime("%H:%M") for bar in found] == [
        "09:00",
        "10:00",
        "11:00",
        "12:30",
        "13:30",
    ]


def test_weeks_begin_on_monday_and_months_on_the_first_at_the_exchanges_midnight() -> None:
    """Also where the clocks change within."""
    days = bars(at("2024-03-01T00:00"), 40, timedelta(days=1))
    day_of = days_of(Interval.DAY, NEW_YORK)
    weeks = by_calendar(days, Interval.WEEK, day_of, NYSE)
    assert [bar.start for bar in weeks[:3]] == [at("2024-02-26"), at("2024-03-04"), at("2024-03-11")]
    months = by_calendar(days, Interval.MONTH, day_of, NYSE)
    assert [(bar.start, int(bar.volume)) for bar in months] == [(at("2024-03-01"), 310), (at("2024-04-01"), 90)]


def test_lengths_are_not_mixed_up() -> None:
    """Those of the calendar are none of a session."""
    with pytest.raises(Invalid):
        by_calendar([], Interval.HOUR, days_of(Interval.HOUR, UTC), NYSE)
    with pytest.raises(Invalid):
        by_session([], Interval.DAY, NYSE, {})


@given(st.lists(st.integers(0, 5_000), min_size=1, unique=True).map(sorted), st.sampled_from(["1h", "30m", "5m"]))
def test_nothing_is_lost_when_bars_are_joined(minutes: list[int], interval: str) -> None:
    """Units traded, the highest and the lowest, the first and the last; and what comes out is in order."""
    some = [DAYS_OF_MINUTES[minute] for minute in minutes]
    found = by_session(some, Interval(interval), NYSE, {})
    assert sum(bar.volume for bar in found) == sum(bar.volume for bar in some)
    assert max(bar.high for bar in found) == max(bar.high for bar in some)
    assert min(bar.low for bar in found) == min(bar.low for bar in some)
    assert (found[0].open, found[-1].close) == (some[0].open, some[-1].close)
    starts = [check_bar(bar).start for bar in found]
    assert starts == sorted(set(starts))


def session(day: str, minutes: int, where: str = NYSE.zone, opens: str = "09:30") -> list[Bar]:
    """The minutes of a session."""
    return bars(at(f"{day}T{opens}", where), minutes)


def test_days_are_made_of_minutes_on_either_side_of_a_change_of_clocks() -> None:
    """New York's clocks went forward on 10 March 2024 and back on 3 November: a day is a day, at its own midnight."""
    for friday, monday, offsets in (("2024-03-08", "2024-03-11", [5, 4]), ("2024-11-01", "2024-11-04", [4, 5])):
        minutes = [*session(friday, 390), *session(monday, 390)]
        days = by_calendar(minutes, Interval.DAY, days_of(Interval.MINUTE, NEW_YORK), NYSE)
        assert [bar.start.hour for bar in days] == offsets
        assert [bar.start.astimezone(NEW_YORK).isoformat()[:16] for bar in days] == [
            f"{friday}T00:00",
            f"{monday}T00:00",
        ]
        assert [[*bar[1:]] for bar in days] == [[1, 391, 0, 390, 3_900]] * 2


def test_a_half_day_ends_when_its_session_does() -> None:
    """On the day after Thanksgiving New York closes at one: the last hour has half, and what comes later is apart."""
    early = {date(2024, 11, 29): SpecialDay("Half day", ((time(9, 30), time(13)),))}
    minutes = session("2024-11-29", 225)
    hours = by_session(minutes, Interval.HOUR, NYSE, early)
    assert [bar.start.astimezone(NEW_YORK).strftime("%H:%M") for bar in hours] == [
        *("09:30", "10:30", "11:30", "12:30"),
        "13:00",
    ]
    assert [int(bar.volume) for bar in hours] == [600, 600, 600, 300, 150]
    (day,) = by_calendar(minutes, Interval.DAY, days_of(Interval.MINUTE, NEW_YORK), NYSE)
    assert (day.start, day.close, day.volume) == (at("2024-11-29"), minutes[-1].close, Decimal(2_250))


@given(
    st.sampled_from(["NYSE", "LSE", "NSE", "TSE", "CRYPTO"]),
    st.dates(date(2023, 12, 1), date(2025, 1, 31)),
    st.lists(st.integers(0, 60 * 24 * 45), min_size=1, max_size=60, unique=True).map(sorted),
)
def test_weeks_and_months_are_the_same_made_of_minutes_or_of_days(code: str, first: date, minutes: list[int]) -> None:
    """Whatever the clocks of the exchange do in between."""
    exchange = EXCHANGES[code]
    local = zone(exchange.zone)
    begin = datetime.combine(first, time(), local).astimezone(UTC)
    some = [
        Bar(begin + MINUTE * n, Decimal(n + 1), Decimal(n + 2), Decimal(n), Decimal(n + 1), Decimal(1)) for n in minutes
    ]
    days = by_calendar(some, Interval.DAY, days_of(Interval.MINUTE, local), exchange)
    assert all(bar.start.astimezone(local).time() == time() for bar in days)
    for interval in (Interval.WEEK, Interval.MONTH):
        direct = by_calendar(some, interval, days_of(Interval.MINUTE, local), exchange)
        assert by_calendar(days, interval, days_of(Interval.DAY, local), exchange) == direct


def test_gaps_are_of_days_on_which_the_exchange_was_open() -> None:
    """Neither of weekends nor of holidays; and what they interrupt is one gap."""
    present = [date(2024, 6, day) for day in (12, 13, 20, 26)]
    assert gaps(present, NYSE, HOLIDAY, date(2024, 6, 12), date(2024, 6, 27)) == [
        Gap(date(2024, 6, 14), date(2024, 6, 18), 3),
        Gap(date(2024, 6, 21), date(2024, 6, 25), 3),
        Gap(date(2024, 6, 27), date(2024, 6, 27), 1),
    ]
    assert gaps(present, CRYPTO, {}, date(2024, 6, 13), date(2024, 6, 15)) == [
        Gap(date(2024, 6, 14), date(2024, 6, 15), 2)
    ]


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2024-06-14T15:59", "2024-06-14"),
        ("2024-06-14T16:29", "2024-06-14"),
        ("2024-06-14T16:30", "2024-06-15"),
        ("2024-06-15T12:00", "2024-06-15"),
    ],
)
def test_a_day_is_settled_half_an_hour_after_the_close(now: str, until: str) -> None:
    """And not before, as the exchange's clock tells."""
    assert settled_until(Interval.DAY, NYSE, {}, at(now)) == at(until)


def test_without_known_hours_a_day_is_settled_when_it_is_over_everywhere() -> None:
    """And a market that never closes is settled by UTC's midnight; minutes by the clock alone."""
    now = datetime(2024, 6, 14, 12, tzinfo=UTC)
    assert settled_until(Interval.DAY, None, {}, now) == now - timedelta(hours=24, minutes=30)
    assert settled_until(Interval.DAY, CRYPTO, {}, now) == datetime(2024, 6, 14, tzinfo=UTC)
    assert settled_until(Interval.HOUR, NYSE, {}, now) == now - timedelta(minutes=90)
    assert end_of(at("2024-03-10"), Interval.DAY, NYSE) == at("2024-03-11")
    assert end_of(now, Interval.HOUR, NYSE) == now + timedelta(hours=1)
    assert end_of(now, Interval.DAY, None) == now + timedelta(days=1)


def test_nothing_is_traded_over_weekends_and_holidays() -> None:
    """But it is around the clock, where nothing is known, and in the long run."""
    friday, monday = at("2024-06-14T16:00"), at("2024-06-17T09:30")
    assert not may_have_traded(NYSE, {}, friday, monday)
    assert may_have_traded(NYSE, {}, friday - MINUTE, monday)
    assert may_have_traded(NYSE, {}, friday, monday + MINUTE)
    assert not may_have_traded(NYSE, HOLIDAY, at("2024-06-18T16:00"), at("2024-06-20T09:30"))
    assert may_have_traded(CRYPTO, {}, friday, monday)
    assert may_have_traded(None, {}, friday, monday)
    assert may_have_traded(NYSE, {}, friday - timedelta(days=90), monday)
    assert not may_have_traded(CRYPTO, {}, monday, friday)


def test_a_thing_is_at_home_where_it_is_listed() -> None:
    """A share without an exchange is American; of an index or a future nobody says."""
    assert home_of(Ticker.parse("INFY.NS")) is EXCHANGES["NSE"]
    assert home_of(Ticker.parse("AAPL")) is NYSE
    assert home_of(Ticker.parse("BTC-USD")) is CRYPTO
    assert home_of(Ticker.parse("EURUSD=X")) is CRYPTO
    assert home_of(Ticker.parse("^GSPC")) is None
    assert home_of(Ticker.parse("GC=F")) is None

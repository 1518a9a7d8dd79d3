"""Known holidays, half days and special sessions of the exchanges, and none where there is none."""

from __future__ import annotations

from datetime import date, time

import pytest

from adapters.market_data.calendars.packaged import PackagedCalendar
from domain.market_data.calendar import SpecialDay
from domain.market_data.exchange import EXCHANGES


def special(code: str, day: date) -> SpecialDay | None:
    return PackagedCalendar().special_days(EXCHANGES[code], day, day).get(day)


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("NYSE", date(2026, 11, 26)),
        ("NASDAQ", date(2025, 1, 9)),
        ("LSE", date(2026, 12, 28)),
        ("NSE", date(2026, 1, 26)),
        ("NSE", date(2024, 5, 20)),
        ("BSE", date(2026, 12, 25)),
        ("TSE", date(2027, 1, 1)),
        ("XETRA", date(2026, 12, 24)),
    ],
)
def test_exchanges_are_closed_on_holidays(code: str, day: date) -> None:
    """Those of rules, and those that were announced once."""
    found = special(code, day)
    assert found is not None
    assert found.sessions == ()


@pytest.mark.parametrize(
    ("code", "day", "closes"),
    [
        ("NYSE", date(2026, 11, 27), time(13)),
        ("LSE", date(2026, 12, 24), time(12, 30)),
        ("HKEX", date(2026, 12, 24), time(12)),
        ("PARIS", date(2026, 12, 31), time(14, 5)),
    ],
)
def test_half_days_end_early(code: str, day: date, closes: time) -> None:
    """And have no session after that."""
    found = special(code, day)
    assert found is not None
    assert found.sessions[-1][1] == closes


def test_overrides_win() -> None:
    """A Saturday with a session, and an evening of Diwali."""
    assert special("NSE", date(2025, 2, 1)) == SpecialDay("Union budget", ((time(9, 15), time(15, 30)),))
    diwali = special("BSE", date(2024, 11, 1))
    assert diwali is not None
    assert diwali.sessions == ((time(18), time(19)),)


@pytest.mark.parametrize("code", sorted(EXCHANGES))
def test_every_exchange_has_a_calendar(code: str) -> None:
    """With some ten special days a year; what never closes has none."""
    days = PackagedCalendar().special_days(EXCHANGES[code], date(2026, 1, 1), date(2026, 12, 31))
    assert len(days) in (range(1) if EXCHANGES[code].is_always_open else range(5, 30))
    assert list(days) == sorted(days)

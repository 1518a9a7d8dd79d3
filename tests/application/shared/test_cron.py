"""Times of the clock, above all on the two days a year that have one hour too few or too many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.shared.cron import Cron
from application.shared.schedules import CatchUp, Schedule
from application.shared.sessions import Edge, Sessions

BERLIN = ZoneInfo("Europe/Berlin")
# clocks go from 02:00 to 03:00 at 01:00 UTC, and back from 03:00 to 02:00 at 01:00 UTC
SPRING = datetime(2026, 3, 29, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")]


def _found(text: str, day: datetime, zone: ZoneInfo = BERLIN) -> list[tuple[str, str]]:
    """The slots from 22:00 UTC on the day before to 22:00 UTC: local time and UTC."""
    begin = day - timedelta(hours=2)
    slots = Cron.parse(text).slots(begin - timedelta(seconds=1), begin + timedelta(hours=24), zone)
    return [(f"{slot.local:%H:%M}", f"{slot.at:%H:%M}") for slot in slots]


def test_a_time_that_the_clock_jumps_over_comes_when_it_jumps() -> None:
    assert _found("30 2 * * *", SPRING) == [("02:30", "01:00")]


def test_a_time_that_the_clock_shows_twice_comes_the_first_time() -> None:
    assert _found("30 2 * * *", AUTUMN) == [("02:30", "00:30")]


def test_every_hour_has_one_slot_on_both_days() -> None:
    assert _found("0 1-4 * * *", SPRING) == [
        ("01:00", "00:00"),
        ("02:00", "01:00"),
        ("03:00", "01:00"),
        ("04:00", "02:00"),
    ]
    assert _found("0 1-4 * * *", AUTUMN) == [
        ("01:00", "23:00"),
        ("02:00", "00:00"),
        ("03:00", "02:00"),
        ("04:00", "03:00"),
    ]


def test_on_all_other_days_it_comes_at_its_hour() -> None:
    assert _found("0 2 * * *", datetime(2026, 1, 15, tzinfo=UTC)) == [("02:00", "01:00")]
    assert _found("0 2 * * *", datetime(2026, 7, 15, tzinfo=UTC)) == [("02:00", "00:00")]


@given(
    zone=st.sampled_from(ZONES),
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    begin=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds of hypothesis are naive
)
def test_a_daily_slot_comes_once_for_each_local_day(zone: ZoneInfo, minute: int, hour: int, begin: datetime) -> None:
    slots = list(Cron.parse(f"{minute} {hour} * * *").slots(begin, begin + timedelta(days=400), zone))
    days = [slot.local.date() for slot in slots]
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert [slot.at for slot in slots] == sorted(slot.at for slot in slots)
    assert all(begin < slot.at <= begin + timedelta(days=400) for slot in slots)
    shown = [slot.at.astimezone(zone).replace(tzinfo=None) for slot in slots]
    assert all(seen == slot.local or seen > slot.local for seen, slot in zip(shown, slots, strict=True))


@pytest.mark.parametrize(
    ("text", "at", "following"),
    [
        ("*/20 9-17 * * 1-5", "2026-01-02T17:40", "2026-01-05T09:00"),
        ("0 0 1 1 *", "2026-01-01T00:00", "2027-01-01T00:00"),
        ("0 0 29 2 *", "2026-01-01T00:00", "2028-02-29T00:00"),
        ("0 12 * * 7", "2026-01-01T00:00", "2026-01-04T12:00"),
        ("0 12 13 * 5", "2026-01-01T13:00", "2026-01-02T12:00"),
        ("5,35 * * * *", "2026-01-01T00:05", "2026-01-01T00:35"),
    ],
)
def test_the_next_slot_is_the_one_that_crontab_means(text: str, at: str, following: str) -> None:
    found = Cron.parse(text).next_after(datetime.fromisoformat(at).replace(tzinfo=UTC), ZoneInfo("UTC"))
    assert found is not None
    assert found.at == datetime.fromisoformat(following).replace(tzinfo=UTC)


def test_a_day_that_never_comes_has_no_slot() -> None:
    assert Cron.parse("0 0 30 2 *").next_after(SPRING, BERLIN) is None


@pytest.mark.parametrize("text", ["", "* * * *", "60 * * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "x * * * *"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Cron.parse(text)


@final
class NoExchange(Sessions):
    def edges(self, edge: Edge, exchanges: frozenset[str], after: datetime, until: datetime) -> Iterator[datetime]:
        del edge, exchanges, after, until
        yield from ()


NONE = NoExchange()


@pytest.mark.parametrize(
    ("catch_up", "done"),
    [(CatchUp.SKIP, [False, False, False]), (CatchUp.LATEST, [False, False, True]), (CatchUp.ALL, [True, True, True])],
)
def test_slots_that_were_missed_are_dealt_with_as_the_entry_says(catch_up: CatchUp, done: list[bool]) -> None:
    entry = Schedule(name="hourly", cron=Cron.parse("0 * * * *"), zone=BERLIN, catch_up=catch_up)
    last = datetime(2026, 1, 1, 10, tzinfo=UTC)
    seen = {datetime(2026, 1, 1, 11)}  # noqa: DTZ001 - a local time
    due = list(entry.due(last, seen, last + timedelta(hours=3, minutes=30), NONE))
    assert [is_to_be_done for _, is_to_be_done in due] == done
    on_time = [is_to_be_done for _, is_to_be_done in entry.due(last, seen, last + timedelta(hours=1, minutes=1), NONE)]
    assert on_time == [True], "what comes on time is no question of catching up"

"""Times of day that come again, as cron writes them, in a local time zone.

A slot is a local time. Where the clock is put forward over it, it comes at the moment of the change; where the clock is
put back, it comes the first time: in any case once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_DAY: Final = timedelta(days=1)
# leap days come again after at most eight years
_FAR: Final = (2, 40, 400, 3000)


@dataclass(frozen=True, slots=True)
class Slot:
    """One time of an entry: what the clock on the wall says, and when that is."""

    local: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Cron:
    """Minutes, hours, days of the month, months and days of the week (0 or 7 is Sunday), as in crontab(5)."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    is_either_day: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read five fields of `*`, numbers, ranges `1-5`, steps `*/15` and lists of these; raise ValueError."""
        fields = text.split()
        if len(fields) != len(_RANGES):
            raise ValueError(f"{text!r} has {len(fields)} fields; cron has five.")
        minutes, hours, days, months, weekdays = (
            _field(field, *bounds) for field, bounds in zip(fields, _RANGES, strict=True)
        )
        return cls(
            text=text,
            minutes=tuple(sorted(minutes)),
            hours=tuple(sorted(hours)),
            days=days,
            months=months,
            weekdays=frozenset(day % 7 for day in weekdays),
            # where both are limited, either will do
            is_either_day=not fields[2].startswith("*") and not fields[4].startswith("*"),
        )

    def slots(self, after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Slot]:
        """Yield the slots later than `after` and not later than `until`, in order."""
        day = after.astimezone(zone).date() - _DAY
        last = until.astimezone(zone).date() + _DAY
        while day <= last:
            for local in self._times(day):
                at = _moment(local, zone)
                if after < at <= until:
                    yield Slot(local, at)
            day += _DAY

    def next_after(self, after: datetime, zone: ZoneInfo) -> Slot | None:
        """Return the first slot later than `after`; None if there is none for years, as on 30 February."""
        for days in _FAR:
            found = next(self.slots(after, after + timedelta(days=days), zone), None)
            if found is not None:
                return found
        return None

    def _times(self, day: date) -> Iterator[datetime]:
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        is_wanted = (in_month or in_week) if self.is_either_day else (in_month and in_week)
        if is_wanted and day.month in self.months:
            for hour in self.hours:
                for minute in self.minutes:
                    # a local time, until its zone is known
                    yield datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC).replace(tzinfo=None)


def _field(text: str, least: int, most: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        begin = least if span == "*" else int(first)
        end = most if span == "*" or (step and not dash) else int(last or first)
        if not least <= begin <= end <= most or (step and int(step) < 1):
            raise ValueError(f"{part!r} is not within {least} to {most}.")
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clock of the zone says so for the first time, or jumps over it."""
    found = local.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local:
        return found
    # one end lies before the change of the clock, the other after it
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while found - before > timedelta(seconds=1):
        middle = before + (found - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            found = middle
    return found

"""Dates and times in the order that the mapping states: numbers, or months by their English names."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import final

from adapters.ledger.imports.delimited.cells import Cell
from domain.ledger.imports.mapping import DateOrder

_MONTHS = {
    name[:3]: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_LONG_MONTHS = {
    "january": 1,
    "february": 2,
    "march": 3,
    "april": 4,
    "june": 6,
    "july": 7,
    "august": 8,
    "september": 9,
    "sept": 9,
    "october": 10,
    "november": 11,
    "december": 12,
}
_MONTH_NUMBERS = _MONTHS | _LONG_MONTHS
_YEAR = r"(?P<year>\d{4})"
_MONTH = r"(?P<month>\d{1,2}|[A-Za-z]{3,9})"
_DAY = r"(?P<day>\d{1,2})"
_MARK = r"(?P<mark>[-/. ]|, )"
_AGAIN = r"(?:[-/. ]|, )"
_DATES = {
    DateOrder.YEAR_FIRST: rf"(?:{_YEAR}{_MARK}{_MONTH}{_AGAIN}{_DAY}|(?P<compact>\d{{8}}))",
    DateOrder.DAY_FIRST: rf"{_DAY}{_MARK}{_MONTH}{_AGAIN}{_YEAR}",
    DateOrder.MONTH_FIRST: rf"{_MONTH}{_MARK}{_DAY}{_AGAIN}{_YEAR}",
}
_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,6}))?)?"
    r"(?: ?(?P<half>[AaPp][Mm]))?"
)
_OFFSET = r"(?: ?(?P<offset>Z|[+-]\d{2}:?\d{2}))?"
_NOON = 12


@final
class Times:
    """Reads dates, times of day, and both together."""

    def __init__(self, order: DateOrder, default_time: time | None) -> None:
        self._example = {
            DateOrder.YEAR_FIRST: "2024-01-31",
            DateOrder.DAY_FIRST: "31/01/2024",
            DateOrder.MONTH_FIRST: "01/31/2024",
        }[order]
        self._default = default_time
        self._date = re.compile(_DATES[order], re.ASCII)
        self._time = re.compile(_TIME + _OFFSET, re.ASCII)
        self._both = re.compile(rf"{_DATES[order]}(?:(?:T|[,;]? ?){_TIME}{_OFFSET})?", re.ASCII)

    def day(self, cell: Cell) -> date:
        """Return the date in a cell."""
        match = self._date.fullmatch(cell.required())
        if match is None:
            raise cell.bad(f"is not a date like {self._example}")
        return _date_of(match, cell)

    def executed(self, cell: Cell) -> datetime:
        """Return date and time in one cell; naive unless it says its offset."""
        match = self._both.fullmatch(cell.required())
        if match is None:
            raise cell.bad(f"is not a time like {self._example} 09:15:00")
        return self._join(_date_of(match, cell), match, cell)

    def combined(self, day: Cell, clock: Cell) -> datetime:
        """Return the time that a date and a time of day make together; naive unless it says its offset."""
        if not clock.text:
            return self._join(self.day(day), None, clock)
        match = self._time.fullmatch(clock.text)
        if match is None:
            raise clock.bad("is not a time of day like 09:15:00")
        return self._join(self.day(day), match, clock)

    def _join(self, day: date, match: re.Match[str] | None, cell: Cell) -> datetime:
        if match is None or match["hour"] is None:
            if self._default is None:
                raise cell.bad("has no time of day; give the mapping a defaultTime if the file has none")
            return _together(day, self._default)
        hour = int(match["hour"])
        if match["half"] is not None:
            if not 1 <= hour <= _NOON:
                raise cell.bad("is not a time on a twelve-hour clock")
            hour = hour % _NOON + (_NOON if match["half"].lower() == "pm" else 0)
        fraction = str(match["fraction"] or "").ljust(6, "0")
        try:
            clock = time(hour, int(match["minute"]), int(match["second"] or 0), int(fraction))
        except ValueError as error:
            raise cell.bad("is not a time of day") from error
        try:
            return _together(day, clock, match["offset"] or "")
        except ValueError as error:
            raise cell.bad("has an offset that no place on earth has") from error


def _together(day: date, clock: time, offset: str = "") -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T{clock.isoformat()}{offset}")


def _date_of(match: re.Match[str], cell: Cell) -> date:
    parts = match.groupdict()
    compact = parts.get("compact")
    if compact is not None:
        year, month, day = compact[:4], compact[4:6], compact[6:]
    else:
        year, month, day = str(parts["year"]), str(parts["month"]), str(parts["day"])
    number = int(month) if month.isdigit() else _MONTH_NUMBERS.get(month.lower())
    if number is None:
        raise cell.bad("has a month that is none")
    try:
        return date(int(year), number, int(day))
    except ValueError as error:
        raise cell.bad("is not a date of the calendar; check the mapping's dateOrder") from error

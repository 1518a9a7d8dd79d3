"""Days and times as brokers' files write them; which of day and month comes first is the format's to say."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Final

from adapters.ledger.imports.delimited.cells import Cell

# workbooks are transcribed with dates like 2024-01-31, whatever they look like on the screen
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_SLASHED: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII)
_NAMED: Final = re.compile(r"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})", re.ASCII)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MIDNIGHT: Final = "T00:00:00"
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(?P<zone> ?UTC|Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)


def iso_day(cell: Cell) -> date:
    """Read 2024-01-31."""
    return _day(cell, _ISO.fullmatch(_written(cell)), (0, 1, 2), "2024-01-31")


def day_first(cell: Cell) -> date:
    """Read 31/01/2024, or the same as an ISO date."""
    return _either(cell, (2, 1, 0), "31/01/2024")


def month_first(cell: Cell) -> date:
    """Read 01/31/2024, or the same as an ISO date."""
    return _either(cell, (2, 0, 1), "01/31/2024")


def named_month(cell: Cell) -> date:
    """Read 31-Jan-2024, or the same as an ISO date."""
    match = _NAMED.fullmatch(_written(cell))
    if match is None:
        return iso_day(cell)
    name = match[2].lower()
    if name not in _MONTHS:
        raise cell.bad("names no month")
    return _of_calendar(cell, int(match[3]), _MONTHS.index(name) + 1, int(match[1]))


def utc_time(cell: Cell) -> datetime:
    """Read 2024-01-31 14:30:00, a time of UTC unless it says otherwise."""
    text = cell.required()
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise cell.bad("is not a time like 2024-01-31 14:30:00")
    zone = match["zone"] or ""
    try:
        value = datetime.fromisoformat(f"{text.removesuffix(zone)}{'' if zone.strip() in {'UTC', 'Z'} else zone}")
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise cell.bad("is not a time of the calendar") from error


def _written(cell: Cell) -> str:
    return cell.required().removesuffix(_MIDNIGHT)


def _either(cell: Cell, order: tuple[int, int, int], example: str) -> date:
    match = _SLASHED.fullmatch(_written(cell))
    return _day(cell, _ISO.fullmatch(_written(cell)), (0, 1, 2), example) if match is None else _day(cell, match, order)


def _day(cell: Cell, match: re.Match[str] | None, order: tuple[int, int, int], example: str = "") -> date:
    if match is None:
        raise cell.bad(f"is not a date like {example}")
    year, month, day = (int(match[place + 1]) for place in order)
    return _of_calendar(cell, year, month, day)


def _of_calendar(cell: Cell, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise cell.bad("is not a date of the calendar") from error

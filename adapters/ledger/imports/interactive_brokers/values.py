"""Numbers and times as Interactive Brokers writes them.

Its statements show New York's time, wherever the exchange is: a purchase in Frankfurt at 9:35 is listed at 3:35.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.delimited.cells import Cell
from domain.ledger.imports.local_time import at_noon, localise
from domain.shared.money import ZERO, check_number

NEW_YORK: Final = ZoneInfo("America/New_York")
_NUMBER: Final = re.compile(
    r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{0,20})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII
)
_DAY: Final = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})", re.ASCII)
_INSTANT: Final = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:[;T ]|, ?)([0-9]{2}):?([0-9]{2}):?([0-9]{2})(?: E[SD]?T)?", re.ASCII
)
_NOTHING: Final = frozenset({"", "-", "--"})


def number(cell: Cell) -> Decimal:
    """Return the number; a few are written with an exponent, those of statements with commas."""
    text = cell.required()
    if _NUMBER.fullmatch(text) is None or not any(character.isdigit() for character in text):
        raise cell.bad("is not a number like 1,234.5")
    return check_number(Decimal(text.replace(",", "")), cell.column)


def optional_number(cell: Cell) -> Decimal:
    """Return the number, zero for a cell that is blank or holds dashes."""
    return ZERO if cell.text in _NOTHING else number(cell)


def day(cell: Cell) -> date:
    """Return the day of a date or a time."""
    match = _DAY.match(cell.required())
    if match is None:
        raise cell.bad("is not a date like 2024-01-31 or 20240131")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise cell.bad("is not a date of the calendar") from error


def optional_day(cell: Cell) -> date | None:
    """Return the day, None for a cell that is blank or holds dashes."""
    return None if cell.text in _NOTHING else day(cell)


def moment(cell: Cell) -> datetime:
    """Return the instant of a time in New York; a day without a time of day stands for its noon."""
    match = _INSTANT.fullmatch(cell.required())
    if match is None:
        if _DAY.fullmatch(cell.text) is None:
            raise cell.bad("is not a time like 20240131;093000 or 2024-01-31, 09:30:00")
        return at_noon(day(cell), NEW_YORK)
    try:
        year, month, date_, hour, minute, second = (int(part) for part in match.groups())
        naive = datetime(year, month, date_, hour, minute, second, tzinfo=NEW_YORK).replace(tzinfo=None)
    except ValueError as error:
        raise cell.bad("is not a time of the calendar") from error
    return localise(naive, NEW_YORK, cell.column)

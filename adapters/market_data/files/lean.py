"""Bars as QuantConnect's Lean lays them out: prices in ten thousandths, a zipped file per symbol or day.

A map file tells what a stock was called until which day, and under that name its older bars lie. A factor file tells by
what prices until a day are multiplied; from two neighbours follows what happened on the next day of trading.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from adapters.market_data.numbers import number, unreadable, written
from domain.market_data.bar import Bar, Dividend, Split
from domain.shared.money import round_share

_SCALE: Final = Decimal("0.0001")
_CENTS_OF_CENTS: Final = Decimal("0.000001")
# factors have seven digits, and no split has more units than this
_MOST_UNITS: Final = 10_000
# a day has 86,400,000 thousandths of a second
_MOST_DIGITS: Final = 8


class Name(NamedTuple):
    """What a stock is called up to and on a day."""

    until: date
    symbol: str


def names_of(text: str) -> list[Name]:
    """Return the names in a map file, oldest first; the first row is the day on which it was listed."""
    rows = [row.split(",") for row in text.split()]
    if any(len(row) < 2 for row in rows):  # noqa: PLR2004 - day and name
        raise unreadable("a row of a map file has no name")
    return [Name(day_named(row[0]), row[1].lower()) for row in rows]


def days_of(text: str, local: ZoneInfo) -> list[Bar]:
    """Return the bars of a file of days."""
    bars: list[Bar] = []
    for row in _rows(text):
        start = datetime.combine(day_named(row[0][:8]), time(), local).astimezone(UTC)
        bars.append(_bar(start, row))
    return bars


def minutes_of(text: str, day: date, local: ZoneInfo) -> list[Bar]:
    """Return the bars of a file of one day's minutes, counted in thousandths of a second from midnight."""
    bars: list[Bar] = []
    for row in _rows(text):
        if len(row[0]) > _MOST_DIGITS:
            raise unreadable("a time of day is none")
        # by the clock on the wall, which jumps on the days when it is changed, as sums of times with a zone do
        wall = datetime.combine(day, time(), local) + timedelta(milliseconds=int(written(row[0])))
        bars.append(_bar(wall.astimezone(UTC), row))
    return bars


def events_of(text: str, trading_days: Sequence[date]) -> tuple[list[Split], list[Dividend]]:
    """Return the splits and dividends in a factor file, on the first day of trading after that of each row."""
    rows = [_Factors(*_row(line)) for line in text.split()]
    splits: list[Split] = []
    dividends: list[Dividend] = []
    for row, following in pairwise(rows):
        day = next((each for each in trading_days if each > row.day), None)
        if day is None or not row.price or not following.price or not row.split or not following.split:
            continue
        ratio = (Fraction(following.split) / Fraction(row.split)).limit_denominator(_MOST_UNITS)
        if ratio != 1:
            splits.append(Split(day, ratio.numerator, ratio.denominator))
        if row.price != following.price:
            left = round_share(row.reference, row.price, following.price)
            paid = round_share(row.reference - left, Decimal(ratio.denominator), Decimal(ratio.numerator))
            dividends.append(Dividend(day, paid.quantize(_CENTS_OF_CENTS)))
    return splits, dividends


class _Factors(NamedTuple):
    day: date
    price: Decimal
    split: Decimal
    reference: Decimal


def _row(line: str) -> tuple[date, Decimal, Decimal, Decimal]:
    parts = line.split(",")
    if len(parts) != 4:  # noqa: PLR2004 - as many as a row has
        raise unreadable("a row of a factor file has not four values")
    day, price, split, reference = parts
    return day_named(day), written(price), written(split), written(reference)


def _rows(text: str) -> list[list[str]]:
    rows = [line.split(",") for line in text.splitlines() if line]
    if any(len(row) != 6 for row in rows):  # noqa: PLR2004 - a time, four prices and a volume
        raise unreadable("a row of bars has not six values")
    return rows


def _bar(start: datetime, row: Sequence[str]) -> Bar:
    opened, high, low, close = (number(written(text) * _SCALE).normalize() + 0 for text in row[1:5])
    return Bar(start, opened, high, low, close, written(row[5]))


def day_named(text: str) -> date:
    """Return the day that is written like 20140605."""
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - only its date is wanted
    except ValueError:
        raise unreadable("a day is none") from None

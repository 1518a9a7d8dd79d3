"""Bars: what something cost within each period of a length, and what was done to the prices since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import repeat
from operator import le, lt
from typing import NamedTuple

from domain.market_data.provenance import Provenance
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import ZERO, Currency


class Interval(StrEnum):
    """The length of a bar."""

    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    FIFTEEN_MINUTES = "15m"
    HALF_HOUR = "30m"
    HOUR = "1h"
    DAY = "1d"
    WEEK = "1wk"
    MONTH = "1mo"

    @property
    def length(self) -> timedelta | None:
        """How long it takes; None from a day on, which are lengths of the calendar and not of the clock."""
        return _LENGTHS.get(self)


_LENGTHS = {
    Interval.MINUTE: timedelta(minutes=1),
    Interval.FIVE_MINUTES: timedelta(minutes=5),
    Interval.FIFTEEN_MINUTES: timedelta(minutes=15),
    Interval.HALF_HOUR: timedelta(minutes=30),
    Interval.HOUR: timedelta(hours=1),
}


class Adjustment(StrEnum):
    """What prices were restated for: in a series adjusted for splits, a split makes no gap; likewise dividends."""

    NONE = "none"
    SPLITS = "splits"
    SPLITS_AND_DIVIDENDS = "splits_and_dividends"


class Bar(NamedTuple):
    """A period from `start`: first, highest, lowest and last price, and the units traded.

    From a day on, `start` is the midnight, by the exchange's clock, of the first day of the period.
    """

    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class Split(NamedTuple):
    """From the morning of `day` on, `new` units are what `old` units were."""

    day: date
    new: int
    old: int


class Dividend(NamedTuple):
    """Who holds a unit when `day` begins gets the amount: in the currency of the series, and for a unit of the series.

    Where that is adjusted for splits, so is the amount.
    """

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSeries:
    """Bars of one provider, oldest first, no two of the same start, with the splits and dividends of their time."""

    ticker: Ticker
    interval: Interval
    adjustment: Adjustment
    currency: Currency
    bars: Sequence[Bar]
    provenance: Provenance
    splits: Sequence[Split] = ()
    dividends: Sequence[Dividend] = ()

    def __post_init__(self) -> None:
        if _can_be_true(self.bars):
            return
        # which one cannot is looked for only now
        before: datetime | None = None
        for bar in self.bars:
            if before is not None and bar.start <= before:
                raise Invalid(f"The bar of {bar.start.isoformat()} comes after that of {before.isoformat()}.")
            check_bar(bar)
            before = bar.start


def _can_be_true(bars: Sequence[Bar]) -> bool:
    """Say whether all bars pass `check_bar` in order: a column at a time, as a history has thousands."""
    starts = [bar.start for bar in bars]
    opened, close = [bar.open for bar in bars], [bar.close for bar in bars]
    high, low = [bar.high for bar in bars], [bar.low for bar in bars]
    volume = [bar.volume for bar in bars]
    return (
        all(map(lt, starts, starts[1:]))
        and all(all(map(Decimal.is_finite, column)) for column in (opened, high, low, close, volume))
        and all(all(map(le, low, column)) and all(map(le, column, high)) for column in (opened, close))
        and all(map(le, repeat(ZERO), volume))
    )


def check_bar(bar: Bar) -> Bar:
    """Return a bar that can be true; raise Invalid for prices or a volume that cannot."""
    _, opened, high, low, close, volume = bar
    # written out, as a history has thousands
    if not (opened.is_finite() and high.is_finite() and low.is_finite() and close.is_finite() and volume.is_finite()):
        raise Invalid(f"The bar of {bar.start.isoformat()} has a number that is not finite.")
    if not (low <= opened <= high and low <= close <= high):
        raise Invalid(
            f"The bar of {bar.start.isoformat()} opens at {opened} and closes at {close}, "
            f"outside its low {low} and high {high}."
        )
    if volume < ZERO:
        raise Invalid(f"The bar of {bar.start.isoformat()} has a volume of {volume}.")
    return bar

"""Histories as they are asked for: over a range until now, or between days, restated in one of three ways."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from application.market_data.chains import NoProviderAnswers
from application.shared.cache import Cached
from domain.market_data.bar import Adjustment, BarSeries, Interval
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid

_FIRST: Final = date(1970, 1, 1)


class Range(StrEnum):
    """How far back a history goes."""

    DAY = "1d"
    FIVE_DAYS = "5d"
    MONTH = "1mo"
    THREE_MONTHS = "3mo"
    SIX_MONTHS = "6mo"
    YEAR = "1y"
    TWO_YEARS = "2y"
    FIVE_YEARS = "5y"
    TEN_YEARS = "10y"
    ALL = "max"

    def before(self, day: date) -> date:
        """Return the day on which the range begins that ends with this one."""
        if self in _DAYS:
            return day - timedelta(days=_DAYS[self])
        months = _MONTHS.get(self)
        if months is None:
            return _FIRST
        year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


_DAYS: Final = {Range.DAY: 1, Range.FIVE_DAYS: 5}
_MONTHS: Final = {
    Range.MONTH: 1,
    Range.THREE_MONTHS: 3,
    Range.SIX_MONTHS: 6,
    Range.YEAR: 12,
    Range.TWO_YEARS: 24,
    Range.FIVE_YEARS: 60,
    Range.TEN_YEARS: 120,
}
LONGEST: Final[Mapping[Interval, timedelta]] = MappingProxyType(
    {
        Interval.MINUTE: timedelta(days=7),
        Interval.FIVE_MINUTES: timedelta(days=60),
        Interval.FIFTEEN_MINUTES: timedelta(days=60),
        Interval.HALF_HOUR: timedelta(days=60),
        Interval.HOUR: timedelta(days=730),
    }
)
"""How much may be asked for at once of bars shorter than a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryWanted:
    """Bars that start from one midnight in UTC until before another, restated so.

    Raises Invalid if that is no time at all, or more than bars of this length are told for at once.
    """

    interval: Interval
    since: datetime
    until: datetime
    adjustment: Adjustment

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise Invalid("A history begins before it ends.", field="from")
        longest = LONGEST.get(self.interval)
        if longest is not None and self.until - self.since > longest + timedelta(days=1):
            raise Invalid(
                f"At most {longest.days} days of bars of {self.interval.value} are told at once.", field="interval"
            )

    @classmethod
    def between(cls, first: date, last: date, interval: Interval, adjustment: Adjustment) -> HistoryWanted:
        """What begins on these days and on those between."""
        return cls(
            interval=interval,
            since=datetime.combine(first, time(), UTC),
            until=datetime.combine(last, time(), UTC) + timedelta(days=1),
            adjustment=adjustment,
        )


@dataclass(frozen=True, slots=True)
class KnownHistory:
    """What is known of a ticker: its bars, or that nobody knows such a thing."""

    series: BarSeries | None


class BarBook(Protocol):
    """Tells histories from whoever answers first, each from one provider, and remembers them."""

    async def read(
        self, tickers: Collection[Ticker], wanted: HistoryWanted
    ) -> Mapping[Ticker, Cached[KnownHistory] | NoProviderAnswers]:
        """Return for each ticker the bars as wanted, or why nothing can be told now: one fails alone.

        Where the provider does not say how to restate its bars they are as they came, and say how that is.
        """
        ...

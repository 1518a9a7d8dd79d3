"""Tell which days of trading a history has no bar of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from application.market_data.calendars import TradingCalendar
from application.market_data.read_history import HistoryAsked, ReadHistory
from application.shared.cache import Cached
from application.shared.ports import Clock
from domain.market_data.bar import Adjustment, BarSeries, Interval
from domain.market_data.calendar import LONGEST_PAUSE
from domain.market_data.exchange import Exchange
from domain.market_data.gaps import Gap, gaps
from domain.market_data.restating import days_of
from domain.market_data.settled import home_of, settled_until
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor
from domain.shared.errors import Invalid
from domain.shared.time import zone

_DAY: Final = timedelta(days=1)
_MADE_OF_DAYS: Final = frozenset({Interval.WEEK, Interval.MONTH})


@dataclass(frozen=True, slots=True, kw_only=True)
class GapsView:
    """Days of trading without a bar, between the first bar and the last day of trading that is over.

    `days` says how many days with a bar there are. Without any bar there is no first and no last day.
    """

    history: Cached[BarSeries]
    exchange: Exchange
    first: date | None
    last: date | None
    days: int
    gaps: Sequence[Gap]


@dataclass(frozen=True, slots=True)
class ReadGaps:
    """Compares the history that is served with the calendar of its exchange."""

    read_history: ReadHistory
    calendar: TradingCalendar
    clock: Clock

    async def __call__(self, actor: Actor, ticker: Ticker, asked: HistoryAsked) -> GapsView:
        """Return the gaps; raise Invalid where the days of trading are not known, and what reading a history raises.

        Before its first bar nothing is missing: whatever is listed was listed on some day.
        """
        home = home_of(ticker)
        if home is None:
            raise Invalid(f"On which days {ticker} is traded is not known.", field="symbol")
        if asked.interval in _MADE_OF_DAYS:
            raise Invalid("Weeks and months are made of days; ask for the gaps of 1d.", field="interval")
        history = await self.read_history.one(actor, ticker, replace(asked, adjustment=Adjustment.SPLITS))
        day_of = days_of(asked.interval, zone(home.zone))
        present = sorted({day_of(bar.start) for bar in history.value.bars})
        if not present:
            return GapsView(history=history, exchange=home, first=None, last=None, days=0, gaps=())
        last = max(present[-1], min(asked.last or date.max, self._last_day(home)))
        special_days = self.calendar.special_days(home, present[0], last)
        found = gaps(present, home, special_days, present[0], last)
        return GapsView(history=history, exchange=home, first=present[0], last=last, days=len(present), gaps=found)

    def _last_day(self, home: Exchange) -> date:
        """Return the last day whose bar can be expected: providers have it half an hour after the close."""
        now = self.clock.now()
        special_days = self.calendar.special_days(home, now.date() - LONGEST_PAUSE, now.date() + _DAY)
        settled = settled_until(Interval.DAY, home, special_days, now)
        return settled.astimezone(zone(home.zone)).date() - _DAY

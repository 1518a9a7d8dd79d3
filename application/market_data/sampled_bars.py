"""Bars of some minutes or an hour for whoever has only minutes, by the sessions of the exchange."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, final

from application.market_data.calendars import TradingCalendar
from application.market_data.ports import BarSource, SourceFailed, Span
from domain.market_data.bar import BarSeries, Interval
from domain.market_data.exchange import EXCHANGES
from domain.market_data.provenance import Refusal
from domain.market_data.resampling import by_session
from domain.market_data.settled import home_of
from domain.market_data.ticker import Ticker

_DAY: Final = timedelta(days=1)
_AROUND_THE_CLOCK: Final = EXCHANGES["CRYPTO"]


@final
@dataclass(frozen=True, slots=True)
class SampledBars(BarSource):
    """Asks the source first; where it has none of that length, they are made of its minutes, from each opening on."""

    source: BarSource
    calendar: TradingCalendar

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return the bars; raise SourceFailed where there are no minutes either."""
        try:
            return await self.source.bars(ticker, span)
        except SourceFailed as failure:
            is_longer = span.interval.length is not None and span.interval is not Interval.MINUTE
            if failure.refusal is not Refusal.NOT_COVERED or not is_longer:
                raise
        minutes = await self.source.bars(ticker, replace(span, interval=Interval.MINUTE))
        if minutes is None:
            return None
        home = home_of(ticker) or _AROUND_THE_CLOCK
        special_days = self.calendar.special_days(home, span.since.date() - _DAY, span.until.date() + _DAY)
        bars = by_session(minutes.bars, span.interval, home, special_days)
        return replace(minutes, interval=span.interval, bars=bars)

"""Bars that lie here, such as those of files: read anew each time, since their owner may change them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

from application.market_data.bar_store import BarStore, SeriesKey
from application.market_data.ports import BarSource, SourceFailed, Span
from application.market_data.stored_bars import BEFORE, series_of
from domain.market_data.bar import BarSeries, Interval
from domain.market_data.provenance import Refusal
from domain.market_data.resampling import by_calendar
from domain.market_data.restating import days_of, factors_of, restated
from domain.market_data.settled import home_of
from domain.market_data.ticker import Ticker
from domain.shared.time import zone


@final
@dataclass(frozen=True, slots=True)
class LocalBars(BarSource):
    """Asks the source first; where it has none, weeks and months are made of its days, and what it had is in the store.

    It is there if a backfill has kept it before.
    """

    provider: str
    source: BarSource
    store: BarStore

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return the bars; raise SourceFailed where they lie nowhere."""
        try:
            return await self.source.bars(ticker, span)
        except SourceFailed as failure:
            if failure.refusal is not Refusal.NOT_COVERED:
                raise
            if span.interval in BEFORE:
                return await self._longer(ticker, span)
            found = await self._taken_over(ticker, span)
            if found is None:
                raise
            return found

    async def _taken_over(self, ticker: Ticker, span: Span) -> BarSeries | None:
        kept = await self.store.read(SeriesKey(ticker, span.interval, self.provider), span.since, span.until)
        home = home_of(ticker)
        day_of = days_of(span.interval, zone("UTC" if home is None else home.zone))
        return None if kept is None else series_of(kept, span, day_of)

    async def _longer(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Make weeks or months of days, beginning with the first day of the one that the span begins in."""
        days = replace(span, interval=Interval.DAY, since=span.since - BEFORE[span.interval])
        daily = await self.bars(ticker, days)
        if daily is None:
            return None
        day_of = days_of(Interval.DAY, zone("UTC"))
        factors = factors_of(daily.bars, daily.splits, daily.dividends, day_of)
        shown = restated(daily.bars, factors, day_of, have=daily.adjustment, want=span.adjustment)
        bars = by_calendar(shown, span.interval, day_of, home_of(ticker))
        return replace(
            daily,
            interval=span.interval,
            adjustment=span.adjustment,
            bars=[bar for bar in bars if span.since <= bar.start < span.until],
        )

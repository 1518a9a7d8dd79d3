"""One provider's bars through what is kept of them: it is asked once for what can change no more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from application.market_data.backfill.ports import BarFiller, Filled
from application.market_data.bar_store import BarStore, KeptBars, SeriesKey
from application.market_data.calendars import TradingCalendar
from application.market_data.ports import BarSource, Span
from application.shared.ports import Clock
from domain.market_data.bar import Adjustment, BarSeries, Dividend, Interval
from domain.market_data.calendar import LONGEST_PAUSE, SpecialDay
from domain.market_data.exchange import Exchange
from domain.market_data.gaps import gaps
from domain.market_data.resampling import by_calendar
from domain.market_data.restating import (
    DayOf,
    days_of,
    factors_of,
    restated,
    restated_dividends,
    splits_in,
    traded_amounts,
)
from domain.market_data.settled import end_of, home_of, may_have_traded, settled_until
from domain.market_data.ticker import Ticker
from domain.shared.time import zone

_DAY: Final = timedelta(days=1)
BEFORE: Final = {Interval.WEEK: timedelta(days=7), Interval.MONTH: timedelta(days=31)}
"""How long before a week or a month ends it may have begun."""
# a provider that had no bar of a day when it was last asked is not asked for that day again at once
_GAPS_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StoredBars(BarSource, BarFiller):
    """Serves from the store, and asks the provider only for what is missing in front of it or behind.

    What can still change is asked for again when it is older than `fresh_for`. Weeks and months are made of days.
    """

    provider: str
    source: BarSource
    store: BarStore
    calendar: TradingCalendar
    clock: Clock
    fresh_for: timedelta

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return the bars, restated as the span wants them, where the provider's can be."""
        if span.interval in BEFORE:
            return await self._longer(ticker, span)
        now = self.clock.now()
        key = SeriesKey(ticker, span.interval, self.provider)
        home = home_of(ticker)
        day_of = days_of(span.interval, zone("UTC" if home is None else home.zone))
        kept = await self.store.read(key, span.since, span.until)
        if kept is None or not self._is_enough(kept, span, home, now):
            since = span.since if kept is None or span.since < kept.since else kept.until
            fetched = await self.source.bars(ticker, replace(span, since=since, until=now))
            if fetched is None:
                return None if kept is None else series_of(kept, span, day_of)
            if fetched.adjustment is Adjustment.SPLITS_AND_DIVIDENDS:
                # it cannot be turned back, and what is kept may be of a time when it could
                return await self.source.bars(ticker, span)
            await self.store.replace([await self._as_kept(fetched, key, since, day_of, kept is not None)])
            kept = await self.store.read(key, span.since, span.until)
        return None if kept is None else series_of(kept, span, day_of)

    async def fill(self, ticker: Ticker, span: Span) -> Filled | None:
        """Ask for what is missing since the span began, be it a day in the midst of it, and keep it."""
        now = self.clock.now()
        key = SeriesKey(ticker, span.interval, self.provider)
        home = home_of(ticker)
        day_of = days_of(span.interval, zone("UTC" if home is None else home.zone))
        kept = await self.store.read(key, span.since, now)
        since = span.since if kept is None else self._lacks_from(kept, span, home, day_of)
        if since is None:
            return Filled(self.provider, 0)
        fetched = await self.source.bars(ticker, replace(span, since=since, until=now))
        if fetched is None:
            return None
        if fetched.adjustment is Adjustment.SPLITS_AND_DIVIDENDS:
            return Filled(self.provider, 0)
        part = await self._as_kept(fetched, key, since, day_of, kept is not None)
        await self.store.replace([part])
        return Filled(self.provider, len(part.bars))

    def _lacks_from(self, kept: KeptBars, span: Span, home: Exchange | None, day_of: DayOf) -> datetime | None:
        """Return from when on something is missing: in front of what is kept, in it, or behind it; None if nothing."""
        now = self.clock.now()
        if span.since < kept.since:
            return span.since
        if home is not None and kept.bars and kept.provenance.received_at + _GAPS_AFTER <= now:
            first, last = day_of(kept.bars[0].start), day_of(kept.until - _DAY)
            special_days = self.calendar.special_days(home, first, last)
            found = gaps({day_of(bar.start) for bar in kept.bars}, home, special_days, first, last)
            if found:
                return datetime.combine(found[0].first, time(), zone(home.zone)).astimezone(UTC)
        return None if self._is_enough(kept, replace(span, until=now), home, now) else kept.until

    def _is_enough(self, kept: KeptBars, span: Span, home: Exchange | None, now: datetime) -> bool:
        if span.since < kept.since:
            return False
        asked_at = kept.provenance.received_at
        fresh_for = min(self.fresh_for, span.interval.length or self.fresh_for)
        if span.until <= kept.until or now < asked_at + fresh_for:
            return True
        return not may_have_traded(home, self._special_days(home, now), kept.until, min(span.until, now))

    async def _as_kept(
        self,
        fetched: BarSeries,
        key: SeriesKey,
        since: datetime,
        day_of: DayOf,
        was_kept: bool,  # noqa: FBT001 - whether anything is there already
    ) -> KeptBars:
        """Turn what came into bars as traded; the price before a dividend on the first day is one that is kept."""
        said = factors_of((), fetched.splits, fetched.dividends, day_of)
        if fetched.adjustment is Adjustment.SPLITS:
            said = traded_amounts(said)
        bars = restated(fetched.bars, said, day_of, have=fetched.adjustment, want=Adjustment.NONE)
        earlier = await self.store.read(key, since - LONGEST_PAUSE, since) if was_kept else None
        home = home_of(key.ticker)
        before = [] if earlier is None else [*earlier.bars]
        paid = [Dividend(each.day, each.amount) for each in said if each.amount]
        settled = settled_until(
            key.interval, home, self._special_days(home, self.clock.now()), fetched.provenance.received_at
        )
        last = next((each.start for each in reversed([*before, *bars])), None)
        # a provider may take hours for the last day; after a long pause there is nothing more to come
        if last is not None and settled - last < LONGEST_PAUSE:
            settled = min(settled, end_of(last, key.interval, home))
        return KeptBars(
            key=key,
            currency=fetched.currency,
            since=since,
            until=max(since, settled),
            bars=[bar for bar in bars if bar.start >= since],
            factors=factors_of([*before, *bars], splits_in(said), paid, day_of),
            provenance=replace(fetched.provenance, provider=key.provider),
        )

    async def _longer(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Make weeks or months of days, beginning with the first day of the one that the span begins in."""
        days = replace(span, interval=Interval.DAY, since=span.since - BEFORE[span.interval])
        daily = await self.bars(ticker, days)
        if daily is None:
            return None
        home = home_of(ticker)
        bars = by_calendar(daily.bars, span.interval, days_of(Interval.DAY, zone("UTC")), home)
        return replace(
            daily, interval=span.interval, bars=[bar for bar in bars if span.since <= bar.start < span.until]
        )

    def _special_days(self, home: Exchange | None, now: datetime) -> dict[date, SpecialDay]:
        if home is None:
            return {}
        today = now.date()
        return dict(self.calendar.special_days(home, today - LONGEST_PAUSE - _DAY, today + _DAY))


def series_of(kept: KeptBars, span: Span, day_of: DayOf) -> BarSeries:
    """Return what is kept, restated as the span wants it."""
    bars = restated(kept.bars, kept.factors, day_of, have=Adjustment.NONE, want=span.adjustment)
    first, end = day_of(span.since), day_of(span.until)
    return BarSeries(
        ticker=kept.key.ticker,
        interval=kept.key.interval,
        adjustment=span.adjustment,
        currency=kept.currency,
        bars=bars,
        provenance=kept.provenance,
        splits=[each for each in splits_in(kept.factors) if first <= each.day <= end],
        dividends=[each for each in restated_dividends(kept.factors, span.adjustment) if first <= each.day <= end],
    )

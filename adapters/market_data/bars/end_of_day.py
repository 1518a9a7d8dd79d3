"""Asks for the day's bars when an exchange has closed, so that histories that were once asked for have no gaps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import ClassVar, Final, final

from application.market_data.bar_store import BarStore, SeriesKey
from application.market_data.calendars import TradingCalendar
from application.market_data.chains import Chains
from application.market_data.ports import BarSource, SourceFailed, Span
from application.shared.chores import Chore
from application.shared.ports import Clock
from domain.market_data.bar import Interval
from domain.market_data.calendar import LONGEST_PAUSE, SpecialDay
from domain.market_data.exchange import Exchange
from domain.market_data.settled import home_of, settled_until

_DAY: Final = timedelta(days=1)
# from midnight to half an hour after the close it is longer than this everywhere
_SHORTEST_DAY: Final = timedelta(hours=10)
# a provider that has not the day's bar yet is not asked again at once
_PATIENCE: Final = timedelta(hours=1)
_MOST: Final = 50


@final
class EndOfDayBars(Chore):
    """Brings fifty series at a time to the last close; a provider that fails is not asked again in that turn."""

    name: ClassVar[str] = "end_of_day_bars"
    every_s: ClassVar[float] = 900.0

    def __init__(self, store: BarStore, chains: Chains[BarSource], calendar: TradingCalendar, clock: Clock) -> None:
        self._store = store
        self._chains = chains
        self._calendar = calendar
        self._clock = clock

    async def __call__(self) -> int:
        """Return how many series were brought to the last close."""
        now = self._clock.now()
        behind = await self._store.behind(Interval.DAY, now - _SHORTEST_DAY, now - _PATIENCE, _MOST)
        failed: set[str] = set()
        done = 0
        for key in behind:
            source = self._source(key)
            home = home_of(key.ticker)
            if source is None or home is None or key.provider in failed:
                continue
            settled = settled_until(Interval.DAY, home, self._special_days(home, now), now)
            kept = await self._store.read(key, settled, settled)
            if kept is None or kept.until >= settled:
                continue
            try:
                # what is missing before is asked for as well
                await source.bars(key.ticker, Span(interval=Interval.DAY, since=kept.until, until=now))
                done += 1
            except SourceFailed:
                failed.add(key.provider)
        return done

    def _source(self, key: SeriesKey) -> BarSource | None:
        links = self._chains.links.get(key.ticker.asset_class, ())
        return next((link.source for link in links if link.provider == key.provider), None)

    def _special_days(self, home: Exchange, now: datetime) -> Mapping[date, SpecialDay]:
        return self._calendar.special_days(home, now.date() - LONGEST_PAUSE, now.date() + _DAY)

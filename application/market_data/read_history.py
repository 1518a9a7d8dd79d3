"""Tell what things have cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from application.market_data.chains import NoProviderAnswers
from application.market_data.history import BarBook, HistoryWanted, Range
from application.market_data.quotes import Suggestions
from application.market_data.read_quotes import Missing, UnknownSymbol
from application.shared.cache import Cached
from application.shared.ports import Clock
from domain.market_data.bar import Adjustment, BarSeries, Interval
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid

MOST_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryAsked:
    """What somebody asks for: a range until now, or from one day to another; the last year if they say nothing."""

    interval: Interval = Interval.DAY
    range: Range | None = None
    first: date | None = None
    last: date | None = None
    adjustment: Adjustment = Adjustment.SPLITS


@dataclass(frozen=True, slots=True)
class HistoriesView:
    """The histories that there are, and what is missing, each in the order in which it was asked for."""

    histories: Sequence[Cached[BarSeries]]
    missing: Sequence[Missing]


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """Reads bars of one or of many; each series is of one provider."""

    bar_book: BarBook
    suggestions: Suggestions
    clock: Clock

    async def one(self, actor: Actor, ticker: Ticker, asked: HistoryAsked) -> Cached[BarSeries]:
        """Return the bars; raise UnknownSymbol, NoProviderAnswers, Invalid, or Forbidden without market:read."""
        view = await self(actor, [ticker], asked)
        for missing in view.missing:
            raise missing.why
        return view.histories[0]

    async def __call__(self, actor: Actor, tickers: Sequence[Ticker], asked: HistoryAsked) -> HistoriesView:
        """Return bars, once of each ticker; raise Invalid for what cannot be asked, Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        distinct = list(dict.fromkeys(tickers))
        if not 1 <= len(distinct) <= MOST_AT_ONCE:
            raise Invalid(
                f"1 to {MOST_AT_ONCE} symbols may be asked for at once; got {len(distinct)}.", field="symbols"
            )
        answers = await self.bar_book.read(distinct, self._wanted(asked))
        found: list[Cached[BarSeries]] = []
        missing: list[Missing] = []
        for ticker in distinct:
            told = answers[ticker]
            if isinstance(told, NoProviderAnswers):
                missing.append(Missing(ticker, told))
            elif told.value.series is None:
                missing.append(Missing(ticker, UnknownSymbol(ticker, await self.suggestions.near(ticker))))
            else:
                found.append(_dated(told, told.value.series))
        return HistoriesView(found, missing)

    def _wanted(self, asked: HistoryAsked) -> HistoryWanted:
        today = self.clock.now().date()
        if asked.range is not None and (asked.first is not None or asked.last is not None):
            raise Invalid("Give a range, or the days from and to, and not both.", field="range")
        last = asked.last or today
        first = asked.first or (asked.range or Range.YEAR).before(last)
        return HistoryWanted.between(first, last, asked.interval, asked.adjustment)


def _dated(told: Cached[object], series: BarSeries) -> Cached[BarSeries]:
    shown = replace(series, provenance=replace(series.provenance, stale=True)) if told.is_stale else series
    return Cached(shown, is_hit=told.is_hit, age_s=told.age_s, ttl_s=told.ttl_s, is_stale=told.is_stale)

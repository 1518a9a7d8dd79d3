"""Histories over the cache, over the chain of providers, restated as they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple, final

from application.market_data.chains import Chains, NoProviderAnswers
from application.market_data.history import BarBook, HistoryWanted, KnownHistory
from application.market_data.ports import BarSource, Span
from application.shared.cache import Cache, Cached, Shelf
from application.shared.ports import Clock
from domain.market_data.asset_class import AssetClass
from domain.market_data.bar import Adjustment, BarSeries, Interval
from domain.market_data.exchange import EXCHANGES, Exchange
from domain.market_data.restating import days_of, factors_of, restated, restated_dividends, splits_in, traded_amounts
from domain.market_data.ticker import Ticker
from domain.shared.time import zone

_AROUND_THE_CLOCK: Final = frozenset({AssetClass.CRYPTO, AssetClass.CURRENCY, AssetClass.FUTURE})


class _Question(NamedTuple):
    ticker: Ticker
    interval: Interval
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLifetimes:
    """For how many seconds what is known of a history is good."""

    known_s: float
    unknown_s: float
    stale_s: float

    def of(self, known: KnownHistory) -> float:
        """Return how long this is fresh."""
        return self.unknown_s if known.series is None else self.known_s


@final
class KeptBars(BarBook):
    """One per process. What is kept reaches until now, as only that tells how to restate it."""

    def __init__(self, chains: Chains[BarSource], cache: Cache, clock: Clock, lifetimes: HistoryLifetimes) -> None:
        self._chains = chains
        self._cache = cache
        self._clock = clock
        self._lifetimes = lifetimes
        self._shelf = Shelf(
            name="history", version=1, kind=KnownHistory, ttl_s=lifetimes.known_s, stale_s=lifetimes.stale_s
        )

    async def read(
        self, tickers: Collection[Ticker], wanted: HistoryWanted
    ) -> Mapping[Ticker, Cached[KnownHistory] | NoProviderAnswers]:
        """Return for each ticker what is kept, or what the first provider that answers says."""
        asked = list(tickers)
        answers = await asyncio.gather(*(self._one(ticker, wanted) for ticker in asked))
        return dict(zip(asked, answers, strict=True))

    async def _one(self, ticker: Ticker, wanted: HistoryWanted) -> Cached[KnownHistory] | NoProviderAnswers:
        question = _Question(ticker, wanted.interval, wanted.since)
        try:
            found = await self._cache.get(self._shelf, question, self._ask, tenant=None, lasts=self._lifetimes.of)
        except NoProviderAnswers as error:
            return error
        if found.value.series is None:
            return found
        return replace(found, value=KnownHistory(as_wanted(found.value.series, wanted)))

    async def _ask(self, question: _Question) -> KnownHistory:
        span = Span(interval=question.interval, since=question.since, until=self._clock.now())

        async def bars(source: BarSource) -> BarSeries | None:
            return await source.bars(question.ticker, span)

        answer = await self._chains.ask(question.ticker.asset_class, bars)
        series = answer.value
        if series is not None and answer.instead_of:
            series = replace(series, provenance=replace(series.provenance, instead_of=answer.instead_of))
        return KnownHistory(series)


def as_wanted(series: BarSeries, wanted: HistoryWanted) -> BarSeries:
    """Return the bars of the span, restated; a series that was restated for dividends stays as it is."""
    if series.adjustment is not Adjustment.SPLITS_AND_DIVIDENDS and wanted.adjustment is not series.adjustment:
        series = _restated(series, wanted.adjustment)
    first, last = wanted.since.date(), wanted.until.date()
    bars = series.bars
    if bars and (bars[0].start < wanted.since or wanted.until <= bars[-1].start):
        bars = [bar for bar in bars if wanted.since <= bar.start < wanted.until]
    splits = [split for split in series.splits if first <= split.day < last]
    dividends = [dividend for dividend in series.dividends if first <= dividend.day < last]
    if (len(bars), len(splits), len(dividends)) == (len(series.bars), len(series.splits), len(series.dividends)):
        # all of it, as most ask until now: a series checks its thousands of bars whenever one is made
        return series
    return replace(series, bars=bars, splits=splits, dividends=dividends)


def _restated(series: BarSeries, want: Adjustment) -> BarSeries:
    day_of = days_of(series.interval, zone(_clock_of(series.ticker).zone))
    factors = factors_of(series.bars, series.splits, series.dividends, day_of)
    if series.adjustment is Adjustment.SPLITS:
        factors = traded_amounts(factors)
    return replace(
        series,
        adjustment=want,
        bars=restated(series.bars, factors, day_of, have=series.adjustment, want=want),
        splits=splits_in(factors),
        dividends=restated_dividends(factors, want),
    )


def _clock_of(ticker: Ticker) -> Exchange:
    if ticker.asset_class in _AROUND_THE_CLOCK:
        return EXCHANGES["CRYPTO"]
    return EXCHANGES[ticker.exchange or "NYSE"]

"""Asks Finnhub, and has the answer understood."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, final

from adapters.market_data.coverage import is_american, require
from adapters.market_data.failing import source_failures
from adapters.market_data.finnhub import candles, translate
from adapters.market_data.finnhub.settings import FinnhubSettings
from adapters.market_data.finnhub.wire import (
    Candles,
    DividendRow,
    EarningsReply,
    Metric,
    MetricReply,
    Profile,
    QuoteReply,
    ReleasesReply,
    SearchReply,
    SplitRow,
)
from adapters.platform.http_client.client import Request
from adapters.platform.http_client.provider import Provider
from application.market_data.ports import (
    BarSource,
    EarningsSource,
    FundamentalsSource,
    ListingSource,
    QuoteSource,
    ReleaseSource,
    Span,
)
from application.shared.ports import Clock
from domain.market_data.announcement import EarningsReport, EconomicRelease
from domain.market_data.bar import BarSeries, Interval
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.listing import Listing
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker

_RESOLUTIONS: Final[Mapping[Interval, str]] = MappingProxyType(
    {
        Interval.MINUTE: "1",
        Interval.FIVE_MINUTES: "5",
        Interval.FIFTEEN_MINUTES: "15",
        Interval.HALF_HOUR: "30",
        Interval.HOUR: "60",
        Interval.DAY: "D",
        Interval.WEEK: "W",
        Interval.MONTH: "M",
    }
)
# of what is shorter than a day they give a month at a time
_A_MONTH: Final = timedelta(days=30)
_NO_DATA: Final = "no_data"


@final
class Finnhub(QuoteSource, BarSource, ListingSource, FundamentalsSource, EarningsSource, ReleaseSource):
    """What Finnhub tells of American shares, and of when figures are published."""

    def __init__(self, settings: FinnhubSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock

    async def quotes(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Quote]:
        """Return quotes, one to a call."""
        require(tickers, is_american)
        found: dict[Ticker, Quote] = {}
        with source_failures():
            for ticker in sorted(set(tickers)):
                quote = await self._quote(ticker)
                if quote is not None:
                    found[ticker] = quote
        return found

    async def _quote(self, ticker: Ticker) -> Quote | None:
        return await self._provider.read(
            self._request("/quote", symbol=_symbol_of(ticker)),
            lambda reply: translate.quote(reply.json(QuoteReply), ticker, self._clock.now()),
        )

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return bars, which free plans do not include, with splits; those of days with dividends too."""
        require([ticker], is_american)
        with source_failures():
            actions = await self._actions(ticker, span)
            pages = await self._candles(ticker, span)
            if all(page.s == _NO_DATA for page in pages) and not await self._exists(ticker):
                return None
            return candles.bars(pages, actions, ticker, span, self._clock.now())

    async def _candles(self, ticker: Ticker, span: Span) -> Sequence[Candles]:
        pages: list[Candles] = []
        since = span.since
        while since < span.until:
            until = span.until if span.interval.length is None else min(since + _A_MONTH, span.until)
            asked = self._request(
                "/stock/candle",
                symbol=_symbol_of(ticker),
                resolution=_RESOLUTIONS[span.interval],
                **{"from": str(int(since.timestamp())), "to": str(int(until.timestamp()))},
            )
            page = await self._provider.read(asked, lambda reply: reply.json(Candles))
            if page is not None:
                pages.append(page)
            since = until
        return pages

    async def _actions(self, ticker: Ticker, span: Span) -> candles.Actions:
        days = {"from": span.since.date().isoformat(), "to": span.until.date().isoformat()}
        symbol = _symbol_of(ticker)
        splits = await self._provider.read(
            self._request("/stock/split", symbol=symbol, **days), lambda reply: reply.json(list[SplitRow])
        )
        if span.interval.length is not None:
            return candles.Actions(splits or (), ())
        dividends = await self._provider.read(
            self._request("/stock/dividend", symbol=symbol, **days), lambda reply: reply.json(list[DividendRow])
        )
        return candles.Actions(splits or (), dividends or ())

    async def _exists(self, ticker: Ticker) -> bool:
        asked = self._request("/stock/profile2", symbol=_symbol_of(ticker))
        profile = await self._provider.read(asked, lambda reply: reply.json(Profile))
        return profile is not None and bool(profile.name)

    async def search(self, text: str, limit: int) -> Sequence[Listing]:
        """Return what Finnhub finds, in its order."""
        with source_failures():
            found = await self._provider.read(
                self._request("/search", q=text), lambda reply: translate.listings(reply.json(SearchReply).result)
            )
        return [] if found is None else found[:limit]

    async def fundamentals(self, ticker: Ticker) -> Fundamentals | None:
        """Return profile and figures, a call for each."""
        require([ticker], is_american)
        symbol = _symbol_of(ticker)
        with source_failures():
            profile = await self._provider.read(
                self._request("/stock/profile2", symbol=symbol), lambda reply: reply.json(Profile)
            )
            if profile is None or not profile.name:
                return None
            found = await self._provider.read(
                self._request("/stock/metric", symbol=symbol, metric="all"),
                lambda reply: translate.fundamentals(
                    profile, reply.json(MetricReply).metric, ticker, self._clock.now()
                ),
            )
            return found or translate.fundamentals(profile, Metric(), ticker, self._clock.now())

    async def earnings(self, first: date, last: date) -> Sequence[EarningsReport]:
        """Return the reports of American companies."""
        asked = self._request("/calendar/earnings", **{"from": first.isoformat(), "to": last.isoformat()})
        with source_failures():
            found = await self._provider.read(
                asked,
                lambda reply: translate.earnings(
                    reply.json(EarningsReply).earnings_calendar, first, last, self._clock.now()
                ),
            )
        return found or []

    async def releases(self, first: date, last: date) -> Sequence[EconomicRelease]:
        """Return the figures of all countries."""
        asked = self._request("/calendar/economic", **{"from": first.isoformat(), "to": last.isoformat()})
        with source_failures():
            found = await self._provider.read(
                asked,
                lambda reply: translate.releases(
                    reply.json(ReleasesReply).economic_calendar, first, last, self._clock.now()
                ),
            )
        return found or []

    def _request(self, path: str, **query: str) -> Request:
        headers = {"accept": "application/json", "x-finnhub-token": self._settings.key.reveal()}
        return Request(method="GET", url=self._settings.url + path, query=query, headers=headers)


def _symbol_of(ticker: Ticker) -> str:
    """What they call it: classes of shares after a dot."""
    return ticker.symbol.replace("-", ".")

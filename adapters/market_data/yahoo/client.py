"""Asks Yahoo, and has the answer understood."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar, final

from adapters.market_data.failing import source_failures
from adapters.market_data.numbers import unreadable
from adapters.market_data.yahoo import translate
from adapters.market_data.yahoo.crumb import Crumb, Crumbs
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.market_data.yahoo.symbols import symbol_of
from adapters.market_data.yahoo.wire import (
    ChartReply,
    ChartResult,
    QuoteReply,
    QuoteResult,
    ScreenReply,
    SearchReply,
    SummaryReply,
)
from adapters.platform.http_client.client import Reply, Request
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.failures import ProviderFailure, Reason
from application.market_data.ports import (
    BarSource,
    FundamentalsSource,
    ListingSource,
    MoverSource,
    QuoteSource,
    Span,
    TrendSource,
)
from application.shared.ports import Clock
from domain.market_data.bar import BarSeries
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.listing import Listing
from domain.market_data.movement import Direction, Trend
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker

T = TypeVar("T")

_AT_ONCE: Final = 50
_SCREENS: Final[Mapping[Direction, str]] = MappingProxyType({Direction.UP: "day_gainers", Direction.DOWN: "day_losers"})
_MODULES: Final = "assetProfile,price,summaryDetail,defaultKeyStatistics,financialData"


@final
class Yahoo(QuoteSource, BarSource, ListingSource, FundamentalsSource, MoverSource, TrendSource):
    """Everything of Yahoo's that needs no account."""

    def __init__(self, settings: YahooSettings, provider: Provider, cookies: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._crumbs = Crumbs(settings, provider, cookies)
        self._clock = clock

    async def quotes(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Quote]:
        """Return quotes, fifty to a call."""
        wanted = sorted(set(tickers))
        found: dict[Ticker, Quote] = {}
        with source_failures():
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                symbols = ",".join(symbol_of(ticker) for ticker in part)
                reply = await self._with_crumb("/v7/finance/quote", {"symbols": symbols}, lambda r: r.json(QuoteReply))
                results = [] if reply is None else reply.quote_response.result or []
                found |= translate.quotes(results, part, self._clock.now())
        return found

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return bars adjusted for splits."""
        asked = self._request(
            f"/v8/finance/chart/{symbol_of(ticker)}",
            {
                "interval": translate.INTERVALS[span.interval],
                "period1": str(int(span.since.timestamp())),
                "period2": str(int(span.until.timestamp())),
                "events": "div,splits",
            },
        )
        with source_failures():
            return await self._provider.read(
                asked, lambda reply: translate.bars(_series(reply), ticker, span, self._clock.now())
            )

    async def search(self, text: str, limit: int) -> Sequence[Listing]:
        """Return what Yahoo finds, in its order."""
        asked = self._request("/v1/finance/search", {"q": text, "quotesCount": str(limit), "newsCount": "0"})
        with source_failures():
            found = await self._provider.read(asked, lambda reply: translate.listings(reply.json(SearchReply).quotes))
        return [] if found is None else found[:limit]

    async def fundamentals(self, ticker: Ticker) -> Fundamentals | None:
        """Return the summary of a company."""
        path = f"/v10/finance/quoteSummary/{symbol_of(ticker)}"
        with source_failures():
            reply = await self._with_crumb(
                path, {"modules": _MODULES, "formatted": "false"}, lambda r: r.json(SummaryReply)
            )
            results = None if reply is None else reply.quote_summary.result
            return translate.fundamentals(results[0], ticker, self._clock.now()) if results else None

    async def movers(self, direction: Direction, limit: int) -> Sequence[Quote]:
        """Return American shares, in Yahoo's order."""
        query = {"scrIds": _SCREENS[direction], "count": str(limit), "formatted": "false"}
        asked = self._request("/v1/finance/screener/predefined/saved", query)

        def understand(reply: Reply) -> Sequence[Quote]:
            results = _screened(reply)
            known = translate.tickers(results)
            quoted = translate.quotes(results, known, self._clock.now())
            return [quoted[ticker] for ticker in known if ticker in quoted]

        with source_failures():
            found = await self._provider.read(asked, understand)
        return [] if found is None else found[:limit]

    async def trending(self, limit: int) -> Sequence[Trend]:
        """Return what is looked at in America; a second call brings the names."""
        asked = self._request("/v1/finance/trending/US", {"count": str(limit)})
        with source_failures():
            found = await self._provider.read(asked, lambda reply: translate.tickers(_screened(reply)))
        ranked = (found or [])[:limit]
        return translate.trends(ranked, await self.quotes(ranked) if ranked else {}, self._clock.now())

    async def _with_crumb(self, path: str, query: Mapping[str, str], understand: Callable[[Reply], T]) -> T | None:
        """Ask with the crumb, and once more with a new one if it is refused."""
        crumb = await self._crumbs.get()
        try:
            return await self._provider.read(self._request(path, query, crumb), understand)
        except ProviderFailure as failure:
            if failure.reason is not Reason.UNAUTHORISED:
                raise
        fresh = await self._crumbs.get(instead_of=crumb)
        return await self._provider.read(self._request(path, query, fresh), understand)

    def _request(self, path: str, query: Mapping[str, str], crumb: Crumb | None = None) -> Request:
        headers = {"user-agent": self._settings.user_agent, "accept": "application/json"}
        with_crumb = {} if crumb is None else {"crumb": crumb.text}
        cookie = {} if crumb is None else {"cookie": crumb.cookie}
        return Request(
            method="GET", url=self._settings.url + path, query={**query, **with_crumb}, headers={**headers, **cookie}
        )


def _screened(reply: Reply) -> Sequence[QuoteResult]:
    results = reply.json(ScreenReply).finance.result
    return results[0].quotes if results else []


def _series(reply: Reply) -> ChartResult:
    chart = reply.json(ChartReply).chart
    if not chart.result:
        raise unreadable("there is neither a series nor an error in it")
    return chart.result[0]

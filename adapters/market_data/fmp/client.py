"""Asks Financial Modeling Prep, and has the answer understood."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, TypeVar, final

from adapters.market_data.coverage import is_american, require
from adapters.market_data.failing import source_failures
from adapters.market_data.fmp import translate
from adapters.market_data.fmp.settings import FmpSettings
from adapters.market_data.fmp.symbols import is_carried, symbol_of
from adapters.market_data.fmp.wire import (
    BarRow,
    DividendRow,
    Earnings,
    Found,
    Income,
    Mover,
    Profile,
    QuoteRow,
    Release,
    SplitRow,
)
from adapters.platform.http_client.client import Reply, Request
from adapters.platform.http_client.provider import Provider
from application.market_data.ports import (
    BarSource,
    EarningsSource,
    FundamentalsSource,
    ListingSource,
    MoverSource,
    QuoteSource,
    ReleaseSource,
    SourceFailed,
    Span,
)
from application.shared.ports import Clock
from domain.market_data.announcement import EarningsReport, EconomicRelease
from domain.market_data.bar import BarSeries, Interval
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.listing import Listing
from domain.market_data.movement import Direction
from domain.market_data.provenance import Refusal
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker

T = TypeVar("T")

_AT_ONCE: Final = 100
_MOVERS: Final[Mapping[Direction, str]] = {
    Direction.UP: "/biggest-gainers",
    Direction.DOWN: "/biggest-losers",
}


@final
class Fmp(QuoteSource, BarSource, ListingSource, FundamentalsSource, MoverSource, EarningsSource, ReleaseSource):
    """What they tell of American shares, indices, currencies and coins, and of when figures are published."""

    def __init__(self, settings: FmpSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock

    async def quotes(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Quote]:
        """Return quotes, a hundred to a call if the plan allows, and one else."""
        require(tickers, is_carried)
        wanted = sorted(set(tickers))
        at_once = _AT_ONCE if self._settings.plan == "paid" else 1
        found: dict[Ticker, Quote] = {}
        with source_failures():
            for start in range(0, len(wanted), at_once):
                found |= await self._quotes(wanted[start : start + at_once])
        return found

    async def _quotes(self, part: Sequence[Ticker]) -> Mapping[Ticker, Quote]:
        symbols = ",".join(symbol_of(ticker) for ticker in part)
        asked = {"symbols": symbols} if self._settings.plan == "paid" else {"symbol": symbols}
        path = "/batch-quote" if self._settings.plan == "paid" else "/quote"
        found = await self._ask(
            path, asked, lambda reply: translate.quotes(reply.json(list[QuoteRow]), part, self._clock.now())
        )
        return found or {}

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return days as they were traded, with splits and dividends: three calls."""
        require([ticker], is_american)
        if span.interval is not Interval.DAY:
            raise SourceFailed(Refusal.NOT_COVERED, "The provider is asked for days only.")
        symbol = {"symbol": symbol_of(ticker)}
        # days of America, of which the first and the last may begin a day before those of UTC
        between = {
            "from": (span.since - timedelta(days=1)).date().isoformat(),
            "to": span.until.date().isoformat(),
        }
        with source_failures():
            splits = await self._ask("/splits", symbol, lambda reply: reply.json(list[SplitRow])) or []
            dividends = await self._ask("/dividends", symbol, lambda reply: reply.json(list[DividendRow])) or []

            actions = translate.Actions(splits, dividends)

            def understand(reply: Reply) -> BarSeries:
                return translate.bars(reply.json(list[BarRow]), actions, ticker, span, self._clock.now())

            series = await self._ask("/historical-price-eod/non-split-adjusted", {**symbol, **between}, understand)
            if series is not None and not series.bars and not await self._quotes([ticker]):
                return None
            return series

    async def search(self, text: str, limit: int) -> Sequence[Listing]:
        """Return American shares that they find, in their order."""
        asked = {"query": text, "limit": str(limit)}
        with source_failures():
            found = await self._ask("/search-symbol", asked, lambda reply: translate.listings(reply.json(list[Found])))
        return [] if found is None else found[:limit]

    async def fundamentals(self, ticker: Ticker) -> Fundamentals | None:
        """Return profile and income statement, a call for each."""
        require([ticker], is_american)
        symbol = {"symbol": symbol_of(ticker)}
        with source_failures():
            profiles = await self._ask("/profile", symbol, lambda reply: reply.json(list[Profile]))
            if not profiles:
                return None
            return await self._ask(
                "/income-statement",
                {**symbol, "limit": "1"},
                lambda reply: translate.fundamentals(profiles[0], reply.json(list[Income]), ticker, self._clock.now()),
            )

    async def movers(self, direction: Direction, limit: int) -> Sequence[Quote]:
        """Return fifty American shares at most."""
        with source_failures():
            found = await self._ask(
                _MOVERS[direction], {}, lambda reply: translate.movers(reply.json(list[Mover]), self._clock.now())
            )
        return [] if found is None else found[:limit]

    async def earnings(self, first: date, last: date) -> Sequence[EarningsReport]:
        """Return the reports of American companies."""
        with source_failures():
            found = await self._ask(
                "/earnings-calendar",
                {"from": first.isoformat(), "to": last.isoformat()},
                lambda reply: translate.earnings(reply.json(list[Earnings]), first, last, self._clock.now()),
            )
        return found or []

    async def releases(self, first: date, last: date) -> Sequence[EconomicRelease]:
        """Return the figures of all countries."""
        with source_failures():
            found = await self._ask(
                "/economic-calendar",
                {"from": first.isoformat(), "to": last.isoformat()},
                lambda reply: translate.releases(reply.json(list[Release]), first, last, self._clock.now()),
            )
        return found or []

    async def _ask(self, path: str, query: Mapping[str, str], understand: Callable[[Reply], T]) -> T | None:
        headers = {"accept": "application/json", "apikey": self._settings.key.reveal()}
        asked = Request(method="GET", url=self._settings.url + path, query=query, headers=headers)
        return await self._provider.read(asked, understand)

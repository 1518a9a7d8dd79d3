"""Asks Massive, and has the answer understood."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar, final
from urllib.parse import parse_qsl, quote, urlsplit

from adapters.market_data.coverage import SHARES, is_american, require
from adapters.market_data.failing import source_failures
from adapters.market_data.massive import translate
from adapters.market_data.massive.settings import MassiveSettings
from adapters.market_data.massive.symbols import is_carried, symbol_of
from adapters.market_data.massive.wire import (
    Aggregate,
    AggregatesReply,
    DividendsReply,
    MoversReply,
    SnapshotReply,
    SplitsReply,
    TickerReply,
    TickersReply,
)
from adapters.market_data.numbers import unreadable
from adapters.platform.http_client.client import Reply, Request
from adapters.platform.http_client.provider import Provider
from application.market_data.ports import (
    BarSource,
    FundamentalsSource,
    ListingSource,
    MoverSource,
    QuoteSource,
    Span,
)
from application.shared.ports import Clock
from domain.market_data.bar import BarSeries, Interval
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.listing import Listing
from domain.market_data.movement import Direction
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker

T = TypeVar("T")

_AT_ONCE: Final = 250
_MOST_PAGES: Final = 50
_SPANS: Final[Mapping[Interval, str]] = MappingProxyType(
    {
        Interval.MINUTE: "1/minute",
        Interval.FIVE_MINUTES: "5/minute",
        Interval.FIFTEEN_MINUTES: "15/minute",
        Interval.HALF_HOUR: "30/minute",
        Interval.HOUR: "1/hour",
        Interval.DAY: "1/day",
        Interval.WEEK: "1/week",
        Interval.MONTH: "1/month",
    }
)
_MOVERS: Final[Mapping[Direction, str]] = MappingProxyType({Direction.UP: "gainers", Direction.DOWN: "losers"})


@final
class Massive(QuoteSource, BarSource, ListingSource, FundamentalsSource, MoverSource):
    """What Massive tells of American shares and indices, of currencies and of coins."""

    def __init__(self, settings: MassiveSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock

    async def quotes(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Quote]:
        """Return quotes, 250 to a call."""
        require(tickers, is_carried)
        wanted = sorted(set(tickers))
        found: dict[Ticker, Quote] = {}
        with source_failures():
            for start in range(0, len(wanted), _AT_ONCE):
                found |= await self._quotes(wanted[start : start + _AT_ONCE])
        return found

    async def _quotes(self, part: Sequence[Ticker]) -> Mapping[Ticker, Quote]:
        query = {"ticker.any_of": ",".join(symbol_of(ticker) for ticker in part), "limit": str(_AT_ONCE)}
        found = await self._ask(
            "/v3/snapshot",
            query,
            lambda reply: translate.quotes(reply.json(SnapshotReply).results, part, self._clock.now()),
        )
        return found or {}

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return bars as they were traded; those of shares with splits, from a day on with dividends."""
        require([ticker], is_carried)
        with source_failures():
            actions = await self._actions(ticker, span)
            rows = await self._aggregates(ticker, span)
            if not rows and await self._listing(ticker) is None:
                return None
            return self._understood(rows, actions, ticker, span)

    def _understood(
        self, rows: Sequence[Aggregate], actions: translate.Actions, ticker: Ticker, span: Span
    ) -> BarSeries:
        return translate.bars(rows, actions, ticker, span, self._clock.now())

    async def _actions(self, ticker: Ticker, span: Span) -> translate.Actions:
        if ticker.asset_class not in SHARES:
            return translate.Actions((), ())
        query = {"ticker": symbol_of(ticker), "limit": "1000"}
        splits = await self._ask("/v3/reference/splits", query, lambda reply: reply.json(SplitsReply).results)
        if span.interval.length is not None:
            return translate.Actions(splits or (), ())
        dividends = await self._ask("/v3/reference/dividends", query, lambda reply: reply.json(DividendsReply).results)
        return translate.Actions(splits or (), dividends or ())

    async def _aggregates(self, ticker: Ticker, span: Span) -> Sequence[Aggregate]:
        first, last = (int(each.timestamp() * 1000) for each in (span.since, span.until))
        path = f"/v2/aggs/ticker/{_escaped(symbol_of(ticker))}/range/{_SPANS[span.interval]}/{first}/{last}"
        query: Mapping[str, str] = {"adjusted": "false", "sort": "asc", "limit": "50000"}
        rows: list[Aggregate] = []
        for _ in range(_MOST_PAGES):
            page = await self._ask(path, query, lambda reply: reply.json(AggregatesReply))
            if page is None:
                break
            rows += page.results
            if page.next_url is None:
                break
            path, query = self._further(page.next_url)
        else:
            raise unreadable("it never ends")
        return rows

    def _further(self, next_url: str) -> tuple[str, Mapping[str, str]]:
        """Where the next page is. Whatever host they name, the key goes only where the settings say."""
        try:
            parts = urlsplit(next_url)
        except ValueError:
            raise unreadable("the next page has no address") from None
        return parts.path, dict(parse_qsl(parts.query))

    async def search(self, text: str, limit: int) -> Sequence[Listing]:
        """Return American shares that they find, in their order."""
        with source_failures():
            found = await self._ask(
                "/v3/reference/tickers",
                {"search": text, "active": "true", "market": "stocks", "limit": str(limit)},
                lambda reply: translate.listings(reply.json(TickersReply).results),
            )
        return [] if found is None else found[:limit]

    async def fundamentals(self, ticker: Ticker) -> Fundamentals | None:
        """Return what is said of an American company."""
        require([ticker], is_american)
        with source_failures():
            return await self._listing(ticker)

    async def _listing(self, ticker: Ticker) -> Fundamentals | None:
        return await self._ask(
            f"/v3/reference/tickers/{_escaped(symbol_of(ticker))}",
            {},
            lambda reply: translate.fundamentals(reply.json(TickerReply).results, ticker, self._clock.now()),
        )

    async def movers(self, direction: Direction, limit: int) -> Sequence[Quote]:
        """Return twenty American shares at most."""
        with source_failures():
            found = await self._ask(
                f"/v2/snapshot/locale/us/markets/stocks/{_MOVERS[direction]}",
                {},
                lambda reply: translate.movers(reply.json(MoversReply).tickers, self._clock.now()),
            )
        return [] if found is None else found[:limit]

    async def _ask(self, path: str, query: Mapping[str, str], understand: Callable[[Reply], T]) -> T | None:
        headers = {"accept": "application/json", "authorization": f"Bearer {self._settings.key.reveal()}"}
        asked = Request(method="GET", url=self._settings.url + path, query=query, headers=headers)
        return await self._provider.read(asked, understand)


def _escaped(symbol: str) -> str:
    return quote(symbol, safe=":")

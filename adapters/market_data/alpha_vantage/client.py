"""Asks Alpha Vantage, and has the answer understood."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, TypeVar, final

from adapters.market_data.alpha_vantage import translate
from adapters.market_data.alpha_vantage.failures import is_unknown
from adapters.market_data.alpha_vantage.settings import AlphaVantageSettings
from adapters.market_data.alpha_vantage.symbols import is_carried, is_share, symbol_of
from adapters.market_data.alpha_vantage.wire import (
    MoversReply,
    Overview,
    QuoteReply,
    RateReply,
    SearchReply,
    SeriesReply,
)
from adapters.market_data.coverage import is_american, require
from adapters.market_data.failing import source_failures
from adapters.platform.http_client.client import Reply, Request
from adapters.platform.http_client.provider import Provider
from application.market_data.ports import (
    BarSource,
    EarningsSource,
    FundamentalsSource,
    ListingSource,
    MoverSource,
    QuoteSource,
    SourceFailed,
    Span,
)
from application.shared.ports import Clock
from domain.market_data.announcement import EarningsReport
from domain.market_data.bar import BarSeries, Interval
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.listing import Listing
from domain.market_data.movement import Direction
from domain.market_data.provenance import Refusal
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker

T = TypeVar("T")

_INTRADAY: Final[Mapping[Interval, str]] = MappingProxyType(
    {
        Interval.MINUTE: "1min",
        Interval.FIVE_MINUTES: "5min",
        Interval.FIFTEEN_MINUTES: "15min",
        Interval.HALF_HOUR: "30min",
        Interval.HOUR: "60min",
    }
)
_FUNCTIONS: Final[Mapping[Interval, str]] = MappingProxyType(
    {
        Interval.DAY: "TIME_SERIES_DAILY",
        Interval.WEEK: "TIME_SERIES_WEEKLY",
        Interval.MONTH: "TIME_SERIES_MONTHLY",
    }
)
# how much of the past a call for bars of less than a day brings
_RECENT: Final = timedelta(days=30)
_HORIZONS: Final = (("3month", timedelta(days=80)), ("6month", timedelta(days=170)), ("12month", timedelta(days=3650)))


@final
class AlphaVantage(QuoteSource, BarSource, ListingSource, FundamentalsSource, MoverSource, EarningsSource):
    """What Alpha Vantage tells of shares, currencies and coins; a call for each."""

    def __init__(self, settings: AlphaVantageSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock

    async def quotes(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Quote]:
        """Return quotes, one to a call."""
        require(tickers, is_carried)
        found: dict[Ticker, Quote] = {}
        with source_failures():
            for ticker in sorted(set(tickers)):
                quote = await self._quote(ticker)
                if quote is not None:
                    found[ticker] = quote
        return found

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return bars as they were traded; refuse what the plan has not, as fewer bars would look like all."""
        require([ticker], is_share)
        if span.interval in _INTRADAY:
            if span.since < self._clock.now() - _RECENT:
                raise SourceFailed(Refusal.NOT_COVERED, "The provider has no bars of that length so old.")
            query = {
                "function": "TIME_SERIES_INTRADAY",
                "interval": _INTRADAY[span.interval],
                "adjusted": "false",
                "extended_hours": "false",
            }
        else:
            query = {"function": _FUNCTIONS[span.interval]}
        is_whole = self._settings.plan == "premium" or span.interval in {Interval.WEEK, Interval.MONTH}
        with source_failures():
            found = await self._ask(
                lambda reply: translate.bars(reply.json(SeriesReply), ticker, span, self._clock.now()),
                **query,
                symbol=symbol_of(ticker),
                outputsize="full" if is_whole else "compact",
            )
        if found is None:
            return None
        series, oldest = found
        if not is_whole and oldest is not None and oldest > span.since.date():
            raise SourceFailed(Refusal.NOT_ALLOWED, "The plan includes the last 100 bars only.")
        return series

    async def search(self, text: str, limit: int) -> Sequence[Listing]:
        """Return what they find, in their order."""
        with source_failures():
            found = await self._ask(
                lambda reply: translate.listings(reply.json(SearchReply).matches),
                function="SYMBOL_SEARCH",
                keywords=text,
            )
        return [] if found is None else found[:limit]

    async def fundamentals(self, ticker: Ticker) -> Fundamentals | None:
        """Return the overview of an American company."""
        require([ticker], is_american)
        with source_failures():
            return await self._ask(
                lambda reply: translate.fundamentals(reply.json(Overview), ticker, self._clock.now()),
                function="OVERVIEW",
                symbol=symbol_of(ticker),
            )

    async def movers(self, direction: Direction, limit: int) -> Sequence[Quote]:
        """Return twenty American shares at most."""

        def understand(reply: Reply) -> Sequence[Quote]:
            said = reply.json(MoversReply)
            rows = said.top_gainers if direction is Direction.UP else said.top_losers
            return translate.movers(rows, said.last_updated, self._clock.now())

        with source_failures():
            found = await self._ask(understand, function="TOP_GAINERS_LOSERS")
        return [] if found is None else found[:limit]

    async def earnings(self, first: date, last: date) -> Sequence[EarningsReport]:
        """Return the reports to come of American companies; those of the past are not known."""
        if last < self._clock.now().date():
            raise SourceFailed(Refusal.NOT_COVERED, "The provider tells of reports to come only.")
        ahead = last - self._clock.now().date()
        horizon = next((name for name, far in _HORIZONS if ahead <= far), _HORIZONS[-1][0])
        with source_failures():
            found = await self._ask(
                lambda reply: translate.earnings(reply.body, first, last, self._clock.now()),
                function="EARNINGS_CALENDAR",
                horizon=horizon,
            )
        return [] if found is None else found

    async def _quote(self, ticker: Ticker) -> Quote | None:
        if ticker.pair is None:
            return await self._ask(
                lambda reply: translate.quote(reply.json(QuoteReply).quote, ticker, self._clock.now()),
                function="GLOBAL_QUOTE",
                symbol=symbol_of(ticker),
            )
        base, currency = ticker.pair
        return await self._ask(
            lambda reply: translate.rate(reply.json(RateReply).rate, ticker, currency, self._clock.now()),
            function="CURRENCY_EXCHANGE_RATE",
            from_currency=base.code,
            to_currency=currency.code,
        )

    async def _ask(self, understand: Callable[[Reply], T | None], **query: str) -> T | None:
        asked = Request(
            method="GET",
            url=f"{self._settings.url}/query",
            query={**query, "apikey": self._settings.key.reveal()},
            headers={"accept": "application/json, text/csv"},
        )
        return await self._provider.read(asked, lambda reply: None if is_unknown(reply) else understand(reply))

"""Fetches the rates of the European Central Bank, and has them understood."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, final

from adapters.market_data.coverage import require
from adapters.market_data.ecb import translate
from adapters.market_data.ecb.settings import EcbSettings
from adapters.market_data.ecb.wire import table
from adapters.market_data.failing import source_failures
from adapters.platform.http_client.client import Request
from adapters.platform.http_client.provider import Provider
from application.market_data.ports import BarSource, QuoteSource, SourceFailed, Span
from application.shared.ports import Clock
from domain.market_data.asset_class import AssetClass
from domain.market_data.bar import BarSeries, Interval
from domain.market_data.provenance import Refusal
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker

# those that it has ever had a rate for and that a ticker may name
_CODES: Final = "EUR USD JPY BGN CZK DKK GBP HUF PLN RON SEK CHF ISK NOK RUB TRY AUD BRL CAD CNY HKD IDR ILS INR KRW"
_MORE: Final = "MXN MYR NZD PHP SGD THB ZAR"
_CURRENCIES: Final = frozenset(f"{_CODES} {_MORE}".split())


@final
class Ecb(QuoteSource, BarSource):
    """Reference rates: of the last working day, and of each since 1999."""

    def __init__(self, settings: EcbSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock

    async def quotes(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Quote]:
        """Return the rates of the last working day, all from one file."""
        require(tickers, _covers)
        with source_failures():
            found = await self._provider.read(
                self._request("eurofxref.zip"),
                lambda reply: translate.quotes(table(reply), tickers, self._clock.now()),
            )
        return found or {}

    async def bars(self, ticker: Ticker, span: Span) -> BarSeries | None:
        """Return days, each with the one rate that it has; there are none of weekends and holidays."""
        require([ticker], _covers)
        if span.interval is not Interval.DAY:
            raise SourceFailed(Refusal.NOT_COVERED, "The provider has one rate for a day.")
        with source_failures():
            return await self._provider.read(
                self._request("eurofxref-hist.zip"),
                lambda reply: translate.bars(table(reply), ticker, span, self._clock.now()),
            )

    def _request(self, file: str) -> Request:
        return Request(method="GET", url=f"{self._settings.url}/{file}", headers={"accept": "application/zip"})


def _covers(ticker: Ticker) -> bool:
    pair = ticker.pair
    is_currency = ticker.asset_class is AssetClass.CURRENCY
    return is_currency and pair is not None and {each.code for each in pair} <= _CURRENCIES

"""Asks CoinGecko, and has the answer understood."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, TypeVar, final
from urllib.parse import quote as escaped

from adapters.market_data.coingecko import translate
from adapters.market_data.coingecko.settings import CoinGeckoSettings
from adapters.market_data.coingecko.wire import Chart, Market, SearchReply, TrendingReply
from adapters.market_data.coverage import require
from adapters.market_data.failing import source_failures
from adapters.platform.http_client.client import Request
from adapters.platform.http_client.provider import Provider
from application.market_data.ports import CoinSource, QuoteSource, SourceFailed, TrendSource
from application.shared.ports import Clock
from domain.market_data.asset_class import AssetClass
from domain.market_data.coin import Coin, CoinHistory, ListedCoin
from domain.market_data.movement import Trend
from domain.market_data.provenance import Refusal
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency

T = TypeVar("T")

_AT_ONCE: Final = 50
_MOST: Final = 250
_FIAT: Final = "USD AED ARS AUD BDT BRL CAD CHF CLP CNY CZK DKK EUR GBP HKD HUF IDR ILS INR JPY KRW KWD LKR MXN MYR NGN"
_MORE: Final = "NOK NZD PHP PKR PLN SAR SEK SGD THB TRY TWD UAH VND ZAR BTC ETH BNB"
_CURRENCIES: Final = frozenset(f"{_FIAT} {_MORE}".split())


@final
class CoinGecko(CoinSource, QuoteSource, TrendSource):
    """Everything of CoinGecko's that a free key allows."""

    def __init__(self, settings: CoinGeckoSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock

    async def quotes(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Quote]:
        """Return quotes, fifty of one currency to a call."""
        require(tickers, _covers)
        by_currency: dict[str, list[Ticker]] = {}
        for ticker in sorted(set(tickers)):
            by_currency.setdefault(ticker.symbol.rpartition("-")[2], []).append(ticker)
        found: dict[Ticker, Quote] = {}
        with source_failures():
            for currency, wanted in by_currency.items():
                for part in _parts(wanted):
                    symbols = ",".join(ticker.symbol.rpartition("-")[0].lower() for ticker in part)
                    found |= await self._quotes(part, vs_currency=currency.lower(), symbols=symbols)
        return found

    async def _quotes(self, part: Sequence[Ticker], **query: str) -> Mapping[Ticker, Quote]:
        asked = self._request("/coins/markets", {**query, "include_tokens": "top"})
        found = await self._provider.read(
            asked, lambda reply: translate.quotes(reply.json(list[Market]), part, self._clock.now())
        )
        return found or {}

    async def top(self, currency: Currency, limit: int) -> Sequence[Coin]:
        """Return the first of the coins by what they are worth, 250 at most."""
        with source_failures():
            return (await self._coins(currency, per_page=str(min(limit, _MOST))))[:limit]

    async def coins(self, ids: Collection[str], currency: Currency) -> Mapping[str, Coin]:
        """Return these coins, fifty to a call."""
        found: dict[str, Coin] = {}
        with source_failures():
            for part in _parts(sorted(set(ids))):
                read = await self._coins(currency, ids=",".join(part))
                found |= {coin.id: coin for coin in read if coin.id in part}
        return found

    async def _coins(self, currency: Currency, **query: str) -> Sequence[Coin]:
        if currency.code not in _CURRENCIES:
            raise SourceFailed(Refusal.NOT_COVERED, "The provider has no prices in this currency.")
        asked = self._request("/coins/markets", {"vs_currency": currency.code.lower(), **query})
        found = await self._provider.read(
            asked, lambda reply: translate.coins(reply.json(list[Market]), currency, self._clock.now())
        )
        return found or []

    async def coin_history(self, coin_id: str, currency: Currency, days: int) -> CoinHistory | None:
        """Return five minutes apart for a day, hours up to ninety, and days beyond."""
        asked = self._request(
            f"/coins/{escaped(coin_id, safe='')}/market_chart",
            {"vs_currency": currency.code.lower(), "days": str(days)},
        )
        with source_failures():
            return await self._provider.read(
                asked, lambda reply: translate.history(reply.json(Chart), coin_id, currency, self._clock.now())
            )

    async def find_coins(self, text: str, limit: int) -> Sequence[ListedCoin]:
        """Return what CoinGecko finds, in its order, which is by what they are worth."""
        asked = self._request("/search", {"query": text})
        with source_failures():
            found = await self._provider.read(
                asked, lambda reply: translate.found_coins(reply.json(SearchReply).coins, self._clock.now())
            )
        return [] if found is None else found[:limit]

    async def trending(self, limit: int) -> Sequence[Trend]:
        """Return the coins most searched for there in the last day."""
        asked = self._request("/search/trending", {})
        with source_failures():
            found = await self._provider.read(
                asked, lambda reply: translate.trends(reply.json(TrendingReply).coins, self._clock.now())
            )
        return [] if found is None else found[:limit]

    def _request(self, path: str, query: Mapping[str, str]) -> Request:
        headers = {"accept": "application/json", **self._settings.headers}
        return Request(method="GET", url=self._settings.address + path, query=query, headers=headers)


def _parts(whole: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(whole), _AT_ONCE):
        yield whole[start : start + _AT_ONCE]


def _covers(ticker: Ticker) -> bool:
    return ticker.asset_class is AssetClass.CRYPTO and ticker.symbol.rpartition("-")[2] in _CURRENCIES

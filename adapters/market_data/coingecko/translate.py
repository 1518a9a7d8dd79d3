"""What CoinGecko's answers mean. Nothing here waits or asks; what cannot be true raises Unknown with `unreadable`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from adapters.market_data.coingecko.wire import Chart, Found, Market, TrendingCoin
from adapters.market_data.numbers import at, number, optional, unreadable
from adapters.market_data.values import instant_of, label
from domain.market_data.coin import Coin, CoinHistory, CoinPoint, ListedCoin, coin_ticker
from domain.market_data.movement import Trend
from domain.market_data.provenance import Provenance
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.money import EXACT, ZERO, Currency

PROVIDER: Final = "coingecko"
_DOLLAR: Final = Currency("USD")
_MILLI: Final = -3


def coins(markets: Iterable[Market], currency: Currency, received_at: datetime) -> Sequence[Coin]:
    """Return the coins that have a price, in their order."""
    return [coin for market in markets if (coin := _coin(market, currency, received_at)) is not None]


def _coin(market: Market, currency: Currency, received_at: datetime) -> Coin | None:
    name, symbol = label(market.name), label(market.symbol)
    if market.current_price is None or name is None or symbol is None:
        return None
    updated = received_at if market.last_updated is None else instant_of(market.last_updated)
    return Coin(
        id=market.id,
        symbol=symbol.upper(),
        name=name,
        currency=currency,
        price=_at_least_nothing(market.current_price),
        provenance=Provenance(provider=PROVIDER, as_of=updated, received_at=received_at),
        rank=market.market_cap_rank,
        market_cap=_some(market.market_cap),
        volume=_some(market.total_volume),
        high=_some(market.high_24h),
        low=_some(market.low_24h),
        change=optional(market.price_change_24h),
        change_percent=optional(market.price_change_percentage_24h),
        circulating_supply=_some(market.circulating_supply),
        total_supply=_some(market.total_supply),
        max_supply=_some(market.max_supply),
    )


def quotes(markets: Iterable[Market], asked: Collection[Ticker], received_at: datetime) -> Mapping[Ticker, Quote]:
    """Return quotes of what was asked for; of coins with the same letters the first, which is worth most."""
    currency = next(iter(asked)).symbol.rpartition("-")[2]
    found: dict[Ticker, Quote] = {}
    for coin in coins(markets, Currency(currency), received_at):
        ticker = coin.ticker
        if ticker is None or ticker not in asked or ticker in found:
            continue
        before = None if coin.change is None else number(EXACT.subtract(coin.price, coin.change))
        found[ticker] = Quote(
            ticker=ticker,
            currency=coin.currency,
            price=coin.price,
            provenance=coin.provenance,
            previous_close=before,
            open=before,
            high=coin.high,
            low=coin.low,
            market_cap=coin.market_cap,
            name=coin.name,
        )
    return found


def history(chart: Chart, coin_id: str, currency: Currency, received_at: datetime) -> CoinHistory:
    """Return the points that have a price, each with what is said of the same time."""
    caps, volumes = dict(chart.market_caps), dict(chart.total_volumes)
    points = {
        at(number(time).scaleb(_MILLI)): CoinPoint(
            at(number(time).scaleb(_MILLI)),
            _at_least_nothing(price),
            _some(caps.get(time)),
            _some(volumes.get(time)),
        )
        for time, price in chart.prices
        if price is not None
    }
    in_order = [points[time] for time in sorted(points)]
    as_of = in_order[-1].at if in_order else received_at
    return CoinHistory(
        id=coin_id,
        currency=currency,
        points=in_order,
        provenance=Provenance(provider=PROVIDER, as_of=as_of, received_at=received_at),
    )


def found_coins(found: Iterable[Found], received_at: datetime) -> Sequence[ListedCoin]:
    """Return the coins that have a name, in their order."""
    provenance = Provenance(provider=PROVIDER, as_of=received_at, received_at=received_at)
    return [
        ListedCoin(id=each.id, symbol=symbol.upper(), name=name, provenance=provenance, rank=each.market_cap_rank)
        for each in found
        if (name := label(each.name)) is not None and (symbol := label(each.symbol)) is not None
    ]


def trends(trending: Iterable[TrendingCoin], received_at: datetime) -> Sequence[Trend]:
    """Return the coins whose letters make a ticker, priced in dollars, in their order."""
    provenance = Provenance(provider=PROVIDER, as_of=received_at, received_at=received_at)
    known: dict[Ticker, str] = {}
    for each in trending:
        ticker, name = coin_ticker(each.item.symbol, _DOLLAR), label(each.item.name)
        if ticker is not None and name is not None:
            known.setdefault(ticker, name)
    return [
        Trend(ticker=ticker, name=name, rank=rank, provenance=provenance)
        for rank, (ticker, name) in enumerate(known.items(), start=1)
    ]


def _at_least_nothing(price: Decimal) -> Decimal:
    checked = number(price)
    if checked < ZERO:
        raise unreadable("a price is less than nothing")
    return checked


def _some(value: Decimal | None) -> Decimal | None:
    return None if value is None else _at_least_nothing(value)

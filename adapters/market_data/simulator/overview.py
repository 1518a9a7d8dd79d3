"""The made up market as a whole: its coins, what moves and what is talked of, its companies and its calendars.

Prices are those that the simulator quotes, so that nothing here contradicts a quote. All else comes of the seed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple, final

from adapters.market_data.numbers import number
from adapters.market_data.simulator import announcements
from adapters.market_data.simulator.listings import COINS, STOCKS, Simulated, find
from adapters.market_data.simulator.walk import chance
from application.market_data.ports import (
    BarSource,
    CoinSource,
    EarningsSource,
    FundamentalsSource,
    MoverSource,
    QuoteSource,
    ReleaseSource,
    Span,
    TrendSource,
)
from application.shared.ports import Clock
from domain.market_data.announcement import EarningsReport, EconomicRelease
from domain.market_data.asset_class import AssetClass
from domain.market_data.bar import Interval
from domain.market_data.coin import Coin, CoinHistory, CoinPoint, ListedCoin, coin_ticker
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.movement import Direction, Trend
from domain.market_data.provenance import Provenance
from domain.market_data.quote import Quote
from domain.market_data.ticker import Ticker
from domain.shared.money import EXACT, Currency, round_share

PROVIDER: Final = "simulator"
_ONE: Final = Decimal(1)
_SHORT: Final = 7


class _Issue(NamedTuple):
    """How a coin is told from others, and how many of it there are."""

    id: str
    supply: int


_ISSUES: Final[Mapping[str, _Issue]] = MappingProxyType(
    {
        "BTC": _Issue("bitcoin", 19_800_000),
        "ETH": _Issue("ethereum", 120_400_000),
        "SOL": _Issue("solana", 480_000_000),
        "XRP": _Issue("ripple", 57_000_000_000),
        "ADA": _Issue("cardano", 35_100_000_000),
        "DOGE": _Issue("dogecoin", 147_000_000_000),
        "LTC": _Issue("litecoin", 75_300_000),
        "DOT": _Issue("polkadot", 1_530_000_000),
        "LINK": _Issue("chainlink", 638_000_000),
        "USDT": _Issue("tether", 137_000_000_000),
        "USDC": _Issue("usd-coin", 44_000_000_000),
        "BNB": _Issue("binancecoin", 144_000_000),
    }
)
_BY_ID: Final[Mapping[str, Simulated]] = MappingProxyType(
    {_ISSUES[symbol].id: each for each in COINS if (symbol := each.ticker.symbol.partition("-")[0]) in _ISSUES}
)


@final
class SimulatedOverview(CoinSource, MoverSource, TrendSource, FundamentalsSource, EarningsSource, ReleaseSource):
    """What a provider would tell of the made up market besides quotes and bars."""

    def __init__(self, quotes: QuoteSource, bars: BarSource, seed: int, clock: Clock) -> None:
        self._quotes = quotes
        self._bars = bars
        self._seed = seed
        self._clock = clock

    async def top(self, currency: Currency, limit: int) -> Sequence[Coin]:
        """Return the coins by what all of each is worth."""
        coins = (await self.coins(_BY_ID, currency)).values()
        return sorted(coins, key=lambda coin: coin.rank or 0)[:limit]

    async def coins(self, ids: Collection[str], currency: Currency) -> Mapping[str, Coin]:
        """Return those of these that exist, ranked among all."""
        tickers = {coin_id: coin_ticker(_symbol(thing), currency) for coin_id, thing in _BY_ID.items()}
        quotes = await self._quotes.quotes([ticker for ticker in tickers.values() if ticker is not None])
        priced = {
            coin_id: (quote, EXACT.multiply(quote.price, _ISSUES[_symbol(_BY_ID[coin_id])].supply))
            for coin_id, ticker in tickers.items()
            if ticker is not None and (quote := quotes.get(ticker)) is not None
        }
        ranked = sorted(priced, key=lambda coin_id: -priced[coin_id][1])
        return {
            coin_id: _coin(coin_id, rank, *priced[coin_id])
            for rank, coin_id in enumerate(ranked, start=1)
            if coin_id in ids
        }

    async def coin_history(self, coin_id: str, currency: Currency, days: int) -> CoinHistory | None:
        """Return five minutes apart for a day, hours for a week, and days beyond."""
        thing = _BY_ID.get(coin_id)
        ticker = None if thing is None else coin_ticker(_symbol(thing), currency)
        if ticker is None:
            return None
        now = self._clock.now()
        interval = Interval.FIVE_MINUTES if days <= 1 else Interval.HOUR if days <= _SHORT else Interval.DAY
        series = await self._bars.bars(ticker, Span(interval=interval, since=now - timedelta(days=days), until=now))
        if series is None:
            return None
        supply = _ISSUES[ticker.symbol.partition("-")[0]].supply
        points = [
            CoinPoint(bar.start, bar.open, number(EXACT.multiply(bar.open, supply)), _in_money(bar.volume, bar.open))
            for bar in series.bars
        ]
        return CoinHistory(id=coin_id, currency=currency, points=points, provenance=series.provenance)

    async def find_coins(self, text: str, limit: int) -> Sequence[ListedCoin]:
        """Return the coins with these letters in their id, their symbol or their name."""
        wanted, provenance = text.strip().lower(), self._now()
        found = [
            ListedCoin(id=coin_id, symbol=_symbol(thing), name=thing.name, provenance=provenance)
            for coin_id, thing in _BY_ID.items()
            if wanted in coin_id or wanted in _symbol(thing).lower() or wanted in thing.name.lower()
        ]
        return found[:limit]

    async def movers(self, direction: Direction, limit: int) -> Sequence[Quote]:
        """Return the shares that rise, or fall, by their change."""
        quotes = await self._quotes.quotes([thing.ticker for thing in STOCKS])
        moved = [(change, quote) for quote in quotes.values() if (change := quote.change_percent) is not None]
        if direction is Direction.UP:
            chosen = sorted((pair for pair in moved if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].ticker))
        else:
            chosen = sorted((pair for pair in moved if pair[0] < 0), key=lambda pair: (pair[0], pair[1].ticker))
        return [quote for _, quote in chosen[:limit]]

    async def trending(self, limit: int) -> Sequence[Trend]:
        """Return shares and coins in an order that changes with the hour."""
        provenance = self._now()
        hour = int(provenance.as_of.timestamp()) // 3600
        things = sorted((*STOCKS, *COINS), key=lambda each: chance(self._seed, "trend", hour, str(each.ticker)))
        return [
            Trend(ticker=each.ticker, name=each.name, rank=rank, provenance=provenance)
            for rank, each in enumerate(things[:limit], start=1)
        ]

    async def fundamentals(self, ticker: Ticker) -> Fundamentals | None:
        """Return figures that fit the price and each other."""
        thing = find(ticker) if ticker.asset_class is AssetClass.STOCK else None
        quote = None if thing is None else (await self._quotes.quotes([thing.ticker])).get(thing.ticker)
        if thing is None or quote is None:
            return None
        return Fundamentals(
            ticker=thing.ticker,
            name=thing.name,
            currency=quote.currency,
            provenance=quote.provenance,
            description="Made up by the simulator; nothing of it is true.",
            figures=announcements.figures(thing, quote.price, self._seed),
        )

    async def earnings(self, first: date, last: date) -> Sequence[EarningsReport]:
        """Return a report of each company in each quarter; what lies ahead has an estimate only."""
        return announcements.earnings(first, last, self._seed, self._now())

    async def releases(self, first: date, last: date) -> Sequence[EconomicRelease]:
        """Return figures at the hours at which offices publish them."""
        return announcements.releases(first, last, self._seed, self._now())

    def _now(self) -> Provenance:
        now = self._clock.now()
        return Provenance(
            provider=PROVIDER, as_of=now.astimezone(UTC), received_at=now, delay=timedelta(0), simulated=True
        )


def _symbol(thing: Simulated) -> str:
    return thing.ticker.symbol.partition("-")[0]


def _coin(coin_id: str, rank: int, quote: Quote, worth: Decimal) -> Coin:
    thing = _BY_ID[coin_id]
    supply = Decimal(_ISSUES[_symbol(thing)].supply)
    return Coin(
        id=coin_id,
        symbol=_symbol(thing),
        name=thing.name,
        currency=quote.currency,
        price=quote.price,
        provenance=quote.provenance,
        rank=rank,
        market_cap=number(worth),
        volume=None if quote.volume is None else _in_money(quote.volume, quote.price),
        high=quote.high,
        low=quote.low,
        change=quote.change,
        change_percent=quote.change_percent,
        circulating_supply=supply,
        total_supply=supply,
    )


def _in_money(units: Decimal, price: Decimal) -> Decimal:
    return number(round_share(EXACT.multiply(units, price), _ONE, _ONE))

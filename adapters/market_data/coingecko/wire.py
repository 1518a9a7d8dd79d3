"""What CoinGecko sends: the members that are read."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, field


class Market(Struct, frozen=True):
    """One of GET /coins/markets: a coin, in the currency that was asked for."""

    id: str
    symbol: str
    name: str
    current_price: Decimal | None = None
    market_cap: Decimal | None = None
    market_cap_rank: int | None = None
    total_volume: Decimal | None = None
    high_24h: Decimal | None = None
    low_24h: Decimal | None = None
    price_change_24h: Decimal | None = None
    price_change_percentage_24h: Decimal | None = None
    circulating_supply: Decimal | None = None
    total_supply: Decimal | None = None
    max_supply: Decimal | None = None
    last_updated: str | None = None


class Chart(Struct, frozen=True):
    """GET /coins/{id}/market_chart: columns of pairs of a time, in milliseconds, and a number."""

    prices: list[tuple[Decimal, Decimal | None]]
    market_caps: list[tuple[Decimal, Decimal | None]] = field(default_factory=list[tuple[Decimal, Decimal | None]])
    total_volumes: list[tuple[Decimal, Decimal | None]] = field(default_factory=list[tuple[Decimal, Decimal | None]])


class Found(Struct, frozen=True):
    """A coin, without its price."""

    id: str
    symbol: str
    name: str
    market_cap_rank: int | None = None


class SearchReply(Struct, frozen=True):
    """GET /search."""

    coins: list[Found]


class TrendingCoin(Struct, frozen=True):
    """A coin in its place."""

    item: Found


class TrendingReply(Struct, frozen=True):
    """GET /search/trending."""

    coins: list[TrendingCoin]


class Status(Struct, frozen=True):
    """What went wrong, by number."""

    error_code: int | None = None


class Trouble(Struct, frozen=True):
    """An error, in the two forms in which it comes."""

    error_code: int | None = None
    status: Status | None = None

"""Crypto currencies as a market of their own: ranked, and with a name that no other coin has.

Many coins go by the same few letters, so that what is meant is told by an id such as `bitcoin`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from domain.market_data.asset_class import AssetClass
from domain.market_data.provenance import Provenance
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Coin:
    """A coin and what it costs in a currency, over all venues; None is not said.

    `high`, `low`, `volume` and the change are of the last 24 hours; `volume` and `market_cap` are in the currency.
    """

    id: str
    symbol: str
    name: str
    currency: Currency
    price: Decimal
    provenance: Provenance
    rank: int | None = None
    market_cap: Decimal | None = None
    volume: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    change: Decimal | None = None
    change_percent: Decimal | None = None
    circulating_supply: Decimal | None = None
    total_supply: Decimal | None = None
    max_supply: Decimal | None = None

    @property
    def ticker(self) -> Ticker | None:
        """What it is called elsewhere, such as BTC-USD; None where its letters make no ticker of a coin."""
        return coin_ticker(self.symbol, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCoin:
    """A coin that goes by some words: what it is, without what it costs."""

    id: str
    symbol: str
    name: str
    provenance: Provenance
    rank: int | None = None


class CoinPoint(NamedTuple):
    """What a coin cost at an instant, what all of it was worth, and what was traded in the 24 hours before."""

    at: datetime
    price: Decimal
    market_cap: Decimal | None
    volume: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinHistory:
    """Prices of a coin in a currency, oldest first, the closer together the shorter the time."""

    id: str
    currency: Currency
    points: Sequence[CoinPoint]
    provenance: Provenance


def coin_ticker(symbol: str, currency: Currency) -> Ticker | None:
    """Return the ticker of a coin in a currency, None for letters that name none, or that name something else."""
    try:
        ticker = Ticker.parse(f"{symbol}-{currency.code}")
    except Invalid:
        return None
    return ticker if ticker.asset_class is AssetClass.CRYPTO else None

"""Financial Modeling Prep's names of things: pairs without a mark between, and classes of shares after a hyphen."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from adapters.market_data.coverage import is_american
from domain.market_data.asset_class import AssetClass
from domain.market_data.index import INDICES
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import Currency

_EXCHANGES: Final[Mapping[str, str | None]] = MappingProxyType(
    {"NASDAQ": "NASDAQ", "NYSE": "NYSE", "AMEX": "AMEX", "OTC": None, "PNK": None}
)


def is_carried(ticker: Ticker) -> bool:
    """Whether they have quotes of it whose currency is known."""
    return is_american(ticker) or ticker.pair is not None or ticker in INDICES


def symbol_of(ticker: Ticker) -> str:
    """Return what they call something that they carry."""
    match ticker.asset_class:
        case AssetClass.CRYPTO:
            return ticker.symbol.replace("-", "")
        case AssetClass.INDEX:
            return f"^{ticker.symbol}"
        case _:
            return ticker.symbol


def currency_of(ticker: Ticker) -> Currency:
    """Return what the price of something that they carry is in."""
    index = INDICES.get(ticker)
    return index.currency if index is not None else ticker.currency or Currency("USD")


def ticker_of(symbol: str, exchange: str | None = None) -> Ticker | None:
    """Return the American share that a symbol means; None for all else."""
    if exchange is not None and exchange not in _EXCHANGES:
        return None
    try:
        ticker = Ticker.parse(symbol, None if exchange is None else _EXCHANGES[exchange])
    except Invalid:
        return None
    return ticker if is_american(ticker) and "." not in ticker.symbol else None

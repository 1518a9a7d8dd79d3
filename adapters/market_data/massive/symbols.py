"""Massive's names of things: a letter before a colon says of what kind they are, and shares have none."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from adapters.market_data.coverage import is_american
from domain.market_data.asset_class import AssetClass
from domain.market_data.exchange import BY_NAME
from domain.market_data.index import INDICES
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import Currency

# what others call otherwise
_INDICES: Final[Mapping[str, str]] = MappingProxyType({"GSPC": "SPX", "IXIC": "COMP"})
_FUNDS: Final = frozenset({"ETF", "ETN", "ETV", "ETS", "FUND"})
_SHARES: Final = frozenset({"CS", "ADRC", "OS", "GDR", "PFD", "UNIT", "NYRS"})


def is_carried(ticker: Ticker) -> bool:
    """Whether they have quotes of it: of indices, those of America."""
    index = INDICES.get(ticker)
    return is_american(ticker) or ticker.pair is not None or (index is not None and index.country == "US")


def symbol_of(ticker: Ticker) -> str:
    """Return what they call something that they carry."""
    match ticker.asset_class:
        case AssetClass.CRYPTO:
            return f"X:{ticker.symbol.replace('-', '')}"
        case AssetClass.CURRENCY:
            return f"C:{ticker.symbol}"
        case AssetClass.INDEX:
            return f"I:{_INDICES.get(ticker.symbol, ticker.symbol)}"
        case _:
            return ticker.symbol.replace("-", ".")


def currency_of(ticker: Ticker) -> Currency:
    """Return what the price of something that they carry is in."""
    index = INDICES.get(ticker)
    return index.currency if index is not None else ticker.currency or Currency("USD")


def share_of(symbol: str, kind: str | None = None, exchange: str | None = None) -> Ticker | None:
    """Return the American share that their symbol, type and code of an exchange mean; None for what is none."""
    if kind is not None and kind not in _SHARES | _FUNDS:
        return None
    known = None if exchange is None else BY_NAME.get(exchange)
    try:
        ticker = Ticker.parse(symbol, None if known is None else known.code)
    except Invalid:
        return None
    if not is_american(ticker):
        return None
    return Ticker(ticker.symbol, ticker.exchange, AssetClass.FUND if kind in _FUNDS else AssetClass.STOCK)

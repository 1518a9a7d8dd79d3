"""Yahoo's names of things, which many users type: marks after a dot for exchanges, and around other kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from domain.market_data.asset_class import AssetClass
from domain.market_data.exchange import EXCHANGES
from domain.market_data.ticker import Ticker

_EXCHANGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NMS": "NASDAQ",
        "NGM": "NASDAQ",
        "NCM": "NASDAQ",
        "NYQ": "NYSE",
        "PCX": "ARCA",
        "ASE": "AMEX",
    }
)
_CLASSES: Final[Mapping[str, AssetClass]] = MappingProxyType(
    {
        "EQUITY": AssetClass.STOCK,
        "ETF": AssetClass.FUND,
        "INDEX": AssetClass.INDEX,
        "CRYPTOCURRENCY": AssetClass.CRYPTO,
        "CURRENCY": AssetClass.CURRENCY,
        "FUTURE": AssetClass.FUTURE,
    }
)


def symbol_of(ticker: Ticker) -> str:
    """Return what Yahoo calls it."""
    if ticker.exchange is None:
        return str(ticker)
    return ticker.symbol + EXCHANGES[ticker.exchange].suffix


def ticker_of(symbol: str, exchange: str, kind: str) -> Ticker | None:
    """Return what Yahoo's symbol, code of an exchange and type mean; None for kinds that are not known here.

    Raises Invalid for symbols that no rule reads.
    """
    asset_class = _CLASSES.get(kind)
    if asset_class is None:
        return None
    ticker = Ticker.parse(symbol)
    if ticker.asset_class is not AssetClass.STOCK:
        return ticker if ticker.asset_class is asset_class else None
    if asset_class not in {AssetClass.STOCK, AssetClass.FUND}:
        return None
    return replace(ticker, exchange=ticker.exchange or _EXCHANGES.get(exchange), asset_class=asset_class)

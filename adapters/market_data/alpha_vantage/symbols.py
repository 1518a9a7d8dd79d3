"""Alpha Vantage's names of things: marks after a dot for the exchanges that it carries, and none for America's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from adapters.market_data.coverage import AMERICAN, SHARES
from domain.market_data.asset_class import AssetClass
from domain.market_data.exchange import EXCHANGES
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid

_MARKS: Final[Mapping[str, str]] = MappingProxyType(
    {"LSE": "LON", "TSX": "TRT", "XETRA": "DEX", "BSE": "BSE", "HKEX": "HKG", "PARIS": "PAR", "AMSTERDAM": "AMS"}
)
_EXCHANGES: Final[Mapping[str, str]] = MappingProxyType({mark: code for code, mark in _MARKS.items()})
_CLASSES: Final[Mapping[str, AssetClass]] = MappingProxyType(
    {"Equity": AssetClass.STOCK, "ETF": AssetClass.FUND, "Mutual Fund": AssetClass.FUND}
)
_CURRENCIES: Final[Mapping[str, str]] = MappingProxyType({"LSE": "GBX"})


def is_share(ticker: Ticker) -> bool:
    """Whether this is a share of an exchange that they carry."""
    return ticker.asset_class in SHARES and (ticker.exchange in AMERICAN or ticker.exchange in _MARKS)


def is_carried(ticker: Ticker) -> bool:
    """Whether they have quotes of it."""
    return is_share(ticker) or ticker.pair is not None


def symbol_of(ticker: Ticker) -> str:
    """Return what they call a share that they carry."""
    mark = None if ticker.exchange is None else _MARKS.get(ticker.exchange)
    return ticker.symbol if mark is None else f"{ticker.symbol}.{mark}"


def unit_of(ticker: Ticker) -> str:
    """Return the code of what they quote a share in: pence in London."""
    if ticker.exchange is None:
        return "USD"
    currency = EXCHANGES[ticker.exchange].currency
    return _CURRENCIES.get(ticker.exchange) or ("USD" if currency is None else currency.code)


def ticker_of(symbol: str, kind: str) -> Ticker | None:
    """Return what their symbol and type mean; None for what is not known here."""
    plain, dot, mark = symbol.rpartition(".")
    exchange = _EXCHANGES.get(mark) if dot else None
    asset_class = _CLASSES.get(kind)
    if asset_class is None or (dot and exchange is None):
        return None
    try:
        ticker = Ticker.parse(plain if dot else symbol, exchange)
    except Invalid:
        return None
    return Ticker(ticker.symbol, ticker.exchange, asset_class) if ticker.asset_class is AssetClass.STOCK else None

"""The indices that many look at: what they are called, and in which currency their level is counted."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from domain.market_data.asset_class import AssetClass
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency


class Index(NamedTuple):
    """An index: `country` is where its shares trade, by ISO 3166, or EU."""

    ticker: Ticker
    name: str
    country: str
    currency: Currency


def _index(symbol: str, name: str, country: str, currency: str) -> Index:
    return Index(Ticker(symbol, None, AssetClass.INDEX), name, country, Currency(currency))


_ALL: Final = (
    _index("GSPC", "S&P 500", "US", "USD"),
    _index("DJI", "Dow Jones Industrial Average", "US", "USD"),
    _index("IXIC", "Nasdaq Composite", "US", "USD"),
    _index("NDX", "Nasdaq 100", "US", "USD"),
    _index("RUT", "Russell 2000", "US", "USD"),
    _index("VIX", "Cboe Volatility Index", "US", "USD"),
    _index("GSPTSE", "S&P/TSX Composite", "CA", "CAD"),
    _index("FTSE", "FTSE 100", "GB", "GBP"),
    _index("GDAXI", "DAX", "DE", "EUR"),
    _index("FCHI", "CAC 40", "FR", "EUR"),
    _index("AEX", "AEX", "NL", "EUR"),
    _index("STOXX50E", "Euro Stoxx 50", "EU", "EUR"),
    _index("NSEI", "Nifty 50", "IN", "INR"),
    _index("BSESN", "BSE Sensex", "IN", "INR"),
    _index("N225", "Nikkei 225", "JP", "JPY"),
    _index("HSI", "Hang Seng", "HK", "HKD"),
    _index("AXJO", "S&P/ASX 200", "AU", "AUD"),
)
INDICES: Final[Mapping[Ticker, Index]] = MappingProxyType({each.ticker: each for each in _ALL})
"""The indices by their tickers, those of America first."""

"""What is listed in the made up market: names that people know, with prices that they might have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Final

from domain.market_data.asset_class import AssetClass
from domain.market_data.bar import Split
from domain.market_data.exchange import EXCHANGES
from domain.market_data.listing import Listing
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency

_SIMILAR: Final = 0.6


@dataclass(frozen=True, slots=True)
class Simulated:
    """One thing that is listed: `price` is what it costs on the day of reference, `spread` its yearly volatility.

    `clock` is the exchange whose hours it keeps; `dividend` the share of its price that it pays in a year.
    """

    ticker: Ticker
    name: str
    clock: str
    currency: str
    price: float
    spread: float
    dividend: float = 0.0
    splits: tuple[Split, ...] = ()

    @property
    def listing(self) -> Listing:
        """As it is found."""
        return Listing(ticker=self.ticker, name=self.name, currency=Currency(self.currency))


# ticker, name, price, volatility, dividend
_STOCKS: Final = """
NASDAQ:AAPL|Apple Inc.|250|0.28|0.005
NASDAQ:MSFT|Microsoft Corporation|420|0.25|0.008
NASDAQ:GOOGL|Alphabet Inc.|190|0.28|0.004
NASDAQ:AMZN|Amazon.com, Inc.|220|0.32|0
NASDAQ:NVDA|NVIDIA Corporation|135|0.45|0.001
NASDAQ:META|Meta Platforms, Inc.|590|0.35|0.003
NASDAQ:TSLA|Tesla, Inc.|400|0.55|0
NASDAQ:NFLX|Netflix, Inc.|890|0.38|0
NASDAQ:AMD|Advanced Micro Devices, Inc.|122|0.45|0
NASDAQ:INTC|Intel Corporation|20|0.40|0.01
NYSE:IBM|International Business Machines Corporation|220|0.22|0.03
NYSE:JPM|JPMorgan Chase & Co.|240|0.25|0.022
NYSE:V|Visa Inc.|315|0.20|0.007
NYSE:WMT|Walmart Inc.|90|0.18|0.01
NYSE:DIS|The Walt Disney Company|111|0.28|0.008
NYSE:KO|The Coca-Cola Company|62|0.16|0.03
NYSE:BRK-B|Berkshire Hathaway Inc.|453|0.18|0
ARCA:SPY|SPDR S&P 500 ETF Trust|586|0.16|0.012
NASDAQ:QQQ|Invesco QQQ Trust|511|0.20|0.006
NSE:INFY|Infosys Limited|1880|0.24|0.025
NSE:TCS|Tata Consultancy Services Limited|4095|0.22|0.018
NSE:RELIANCE|Reliance Industries Limited|1215|0.25|0.004
NSE:HDFCBANK|HDFC Bank Limited|886|0.22|0.012
NSE:M&M|Mahindra & Mahindra Limited|3007|0.28|0.007
NSE:SBIN|State Bank of India|795|0.28|0.017
BSE:TATAMOTORS|Tata Motors Limited|740|0.32|0.008
LSE:VOD|Vodafone Group Public Limited Company|0.68|0.26|0.06
LSE:SHEL|Shell plc|24.8|0.22|0.043
LSE:BP|BP p.l.c.|3.93|0.25|0.06
TSE:7203|Toyota Motor Corporation|3146|0.26|0.028
XETRA:SAP|SAP SE|236|0.26|0.01
PARIS:MC|LVMH Moet Hennessy Louis Vuitton|635|0.28|0.02
HKEX:0700|Tencent Holdings Limited|417|0.35|0.01
"""
# ticker, name, clock, currency, level, volatility
_OTHERS: Final = """
^GSPC|S&P 500|NYSE|USD|5881|0.16
^IXIC|NASDAQ Composite|NASDAQ|USD|19310|0.20
^DJI|Dow Jones Industrial Average|NYSE|USD|42544|0.15
^FTSE|FTSE 100|LSE|GBP|8173|0.14
^GDAXI|DAX|XETRA|EUR|19909|0.18
^N225|Nikkei 225|TSE|JPY|39894|0.20
^NSEI|NIFTY 50|NSE|INR|23644|0.15
^BSESN|S&P BSE SENSEX|BSE|INR|78139|0.15
GC=F|Gold Futures|CRYPTO|USD|2641|0.15
CL=F|Crude Oil Futures|CRYPTO|USD|71.7|0.35
"""
# code, name, worth in dollars, volatility
_COINS: Final = """
BTC|Bitcoin|93430|0.60
ETH|Ethereum|3330|0.70
SOL|Solana|189|0.85
XRP|XRP|2.08|0.85
ADA|Cardano|0.845|0.85
DOGE|Dogecoin|0.316|0.95
LTC|Litecoin|103|0.75
DOT|Polkadot|6.62|0.85
LINK|Chainlink|20|0.85
USDT|Tether|1|0.001
USDC|USD Coin|1|0.001
BNB|BNB|702|0.60
"""
_MONEY: Final = """
USD|US dollar|1|0
EUR|Euro|1.0353|0.08
GBP|Pound sterling|1.2516|0.09
INR|Indian rupee|0.01168|0.05
JPY|Japanese yen|0.00636|0.10
CHF|Swiss franc|1.1020|0.08
CAD|Canadian dollar|0.6953|0.07
AUD|Australian dollar|0.6188|0.10
CNY|Chinese yuan|0.1370|0.04
HKD|Hong Kong dollar|0.1287|0.01
SGD|Singapore dollar|0.7327|0.05
"""
_SPLITS: Final[Mapping[str, tuple[Split, ...]]] = MappingProxyType(
    {
        "AAPL": (Split(date(2014, 6, 9), 7, 1), Split(date(2020, 8, 31), 4, 1)),
        "NVDA": (Split(date(2021, 7, 20), 4, 1), Split(date(2024, 6, 10), 10, 1)),
        "TSLA": (Split(date(2020, 8, 31), 5, 1), Split(date(2022, 8, 25), 3, 1)),
        "INFY": (Split(date(2018, 9, 4), 2, 1),),
    }
)


def _rows(table: str) -> Sequence[list[str]]:
    return [line.split("|") for line in table.strip().splitlines()]


def _stock(row: Sequence[str]) -> Simulated:
    ticker = Ticker.parse(row[0])
    exchange = EXCHANGES[ticker.exchange or "NYSE"]
    price, spread, dividend = (float(text) for text in row[2:])
    splits = _SPLITS.get(ticker.symbol, ())
    return Simulated(ticker, row[1], exchange.code, str(exchange.currency), price, spread, dividend, splits)


def _other(row: Sequence[str]) -> Simulated:
    return Simulated(Ticker.parse(row[0]), row[1], row[2], row[3], float(row[4]), float(row[5]))


STOCKS: Final[Sequence[Simulated]] = tuple(map(_stock, _rows(_STOCKS)))
INDICES: Final[Sequence[Simulated]] = tuple(map(_other, _rows(_OTHERS)))
WORTH: Final[Mapping[str, tuple[str, float, float]]] = MappingProxyType(
    {code: (name, float(price), float(spread)) for code, name, price, spread in [*_rows(_COINS), *_rows(_MONEY)]}
)
"""What coins and currencies are called, are worth in dollars, and how volatile that is."""
COINS: Final[Sequence[Simulated]] = tuple(
    Simulated(Ticker.parse(f"{code}-USD"), name, "CRYPTO", "USD", float(price), float(spread))
    for code, name, price, spread in _rows(_COINS)
)
_BY_TICKER: Final = {each.ticker: each for each in (*STOCKS, *INDICES)}
# without an exchange the first of that symbol is meant
_BY_SYMBOL: Final = {each.ticker.symbol: each for each in reversed(STOCKS)}


def find(ticker: Ticker) -> Simulated | None:
    """Return what goes by the ticker, None if there is no such thing."""
    pair = ticker.pair
    if pair is not None:
        base, quote = (WORTH.get(each.code) for each in pair)
        if base is None or quote is None:
            return None
        name, spread = f"{base[0]} in {quote[0]}", max(base[2], quote[2])
        return Simulated(ticker, name, "CRYPTO", pair[1].code, base[1] / quote[1], spread)
    if ticker.exchange is None and ticker.asset_class is AssetClass.STOCK:
        return _BY_SYMBOL.get(ticker.symbol)
    return _BY_TICKER.get(ticker)


def search(text: str, limit: int) -> Sequence[Listing]:
    """Return what is called like this, best first."""
    wanted = text.strip().upper()

    def likeness(each: Simulated) -> float:
        symbol, name = each.ticker.symbol, each.name.upper()
        if symbol == wanted or wanted in name.split():
            return 2.0
        if symbol.startswith(wanted) or wanted in name:
            return 1.5
        words = (symbol, *name.split())
        return max(SequenceMatcher(None, wanted, word).ratio() for word in words)

    ranked = sorted(((likeness(each), each) for each in (*STOCKS, *INDICES, *COINS)), key=lambda pair: -pair[0])
    return [each.listing for like, each in ranked[:limit] if like > _SIMILAR]

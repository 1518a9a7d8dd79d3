"""Texts on the wire of market data: how symbols and exchanges are written."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from domain.market_data.ticker import Ticker

_SYMBOL = r"[A-Za-z0-9&:=^./_-]{1,32}"

ExchangeText: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z]{2,16}$",
        description="An exchange: its code here, its market identifier code, or another name that is in use.",
        examples=["NSE"],
    ),
]
SymbolText: TypeAlias = Annotated[
    str,
    Meta(
        pattern=f"^{_SYMBOL}$",
        description="A symbol such as AAPL, NSE:INFY, INFY.NS, BRK-B, ^GSPC, BTC-USD, EURUSD=X or GC=F.",
        examples=["AAPL"],
    ),
]
SymbolsText: TypeAlias = Annotated[
    str,
    Meta(
        pattern=f"^{_SYMBOL}(?:,{_SYMBOL}){{0,49}}$",
        description="1 to 50 symbols, with commas between them.",
        examples=["AAPL,NSE:INFY,BTC-USD"],
    ),
]


CoinIdText: TypeAlias = Annotated[
    str, Meta(pattern="^[A-Za-z0-9_.-]{1,128}$", description="The id of a coin.", examples=["bitcoin"])
]
# as CoinGecko writes them, and as all others do
CoinCurrency: TypeAlias = Annotated[str, Meta(pattern="^[A-Za-z]{3,5}$", examples=["usd"])]


def to_tickers(symbols: str, exchange: str | None = None) -> list[Ticker]:
    """Read symbols with commas between them; raise Invalid for what can be none."""
    return [Ticker.parse(symbol, exchange) for symbol in symbols.split(",")]

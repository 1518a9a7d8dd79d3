"""Tickers: what a user types to name something with a price, understood before anybody is asked.

    AAPL        a stock, wherever it is listed           BRK-B, BRK.B   a share class, one symbol: BRK-B
    NSE:INFY    a stock on an exchange, as INFY.NS is    ^GSPC          an index
    BTC-USD     a crypto currency in a currency          EURUSD=X       a currency in another, as EUR/USD is
    GC=F        a future

Whatever is typed, equal things are equal tickers, and the text of a ticker reads back as the same one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from domain.market_data.asset_class import AssetClass
from domain.market_data.exchange import BY_SUFFIX, EXCHANGES, exchange_named
from domain.shared.errors import Invalid
from domain.shared.money import Currency

_LONGEST: Final = 32
_SYMBOL: Final = re.compile(r"[A-Z0-9][A-Z0-9&_.-]*")
_SHARE_CLASS: Final = re.compile(r"([A-Z0-9&]+)[./-]([A-Z])")
_PAIR: Final = re.compile(r"([A-Z0-9]{2,10})[-/]([A-Z]{3,5})")
_CODE: Final = 3
# what crypto currencies are priced in; a share class is one letter, so nothing is both
_FIAT_QUOTES: Final = "USD EUR GBP INR JPY AUD CAD CHF CNY HKD KRW SGD BRL TRY MXN NZD SEK NOK DKK PLN ZAR THB IDR AED"
_QUOTES: Final = frozenset(f"{_FIAT_QUOTES} USDT USDC DAI BTC ETH BNB".split())
_OTHER_FIAT: Final = (
    "CZK HUF RON BGN ISK ILS PHP MYR TWD VND SAR QAR KWD EGP NGN KES CLP COP PEN ARS UAH RUB PKR BDT LKR"
)
_FIAT: Final = frozenset(f"{_FIAT_QUOTES} {_OTHER_FIAT}".split())


@dataclass(frozen=True, slots=True, order=True)
class Ticker:
    """A symbol, with what kind of thing it is and, where that was said, on which exchange.

    `symbol` carries no marks: `GSPC`, `INFY`, `BRK-B`; a crypto currency is `BTC-USD`, a currency pair `EURUSD`.
    """

    symbol: str
    exchange: str | None = None
    asset_class: AssetClass = AssetClass.STOCK

    @classmethod
    def parse(cls, text: str, exchange: str | None = None) -> Ticker:
        """Understand what was typed; raise Invalid for what can be no symbol, or an exchange nobody knows.

        An exchange named beside the text must not contradict one within it.
        """
        typed = text.strip().upper()
        if not typed or len(typed) > _LONGEST:
            raise Invalid(f"A symbol has 1 to {_LONGEST} characters; got {text[:48]!r}.", field="symbol")
        before, colon, after = typed.rpartition(":")
        said = exchange_named(before).code if colon else None
        beside = None if exchange is None else exchange_named(exchange).code
        found = _read(after, said or beside)
        if beside is not None and found.exchange not in {beside, None}:
            raise Invalid(
                f"{text[:48]!r} is of the exchange {found.exchange}, not of {beside}; name one of them.",
                field="exchange",
            )
        return found

    @property
    def pair(self) -> tuple[Currency, Currency] | None:
        """What is priced and in what, for crypto currencies and currencies; None for all else."""
        match self.asset_class:
            case AssetClass.CRYPTO:
                base, _, quote = self.symbol.rpartition("-")
                return Currency(base), Currency(quote)
            case AssetClass.CURRENCY:
                return Currency(self.symbol[:_CODE]), Currency(self.symbol[_CODE:])
            case _:
                return None

    @property
    def currency(self) -> Currency | None:
        """The currency of its price where the ticker says it: that of its pair or its exchange."""
        pair = self.pair
        if pair is not None:
            return pair[1]
        return None if self.exchange is None else EXCHANGES[self.exchange].currency

    def __str__(self) -> str:
        """The text that reads back as this ticker."""
        match self.asset_class:
            case AssetClass.INDEX:
                return f"^{self.symbol}"
            case AssetClass.CURRENCY:
                return f"{self.symbol}=X"
            case AssetClass.FUTURE:
                return f"{self.symbol}=F"
            case AssetClass.CRYPTO:
                return self.symbol
            case AssetClass.STOCK | AssetClass.FUND:
                return self.symbol if self.exchange is None else f"{self.exchange}:{self.symbol}"


def _read(text: str, exchange: str | None) -> Ticker:
    if text.startswith("^"):
        return Ticker(_plain(text[1:], text), None, AssetClass.INDEX)
    if text.endswith("=F"):
        return Ticker(_plain(text[:-2], text), None, AssetClass.FUTURE)
    if text.endswith("=X"):
        return _currencies(text[:-2], text)
    return _pair(text, exchange) or _stock(text, exchange)


def _currencies(symbol: str, text: str) -> Ticker:
    """A currency alone is how much of it a dollar costs."""
    both = f"USD{symbol}" if len(symbol) == _CODE else symbol
    base, quote = both[:_CODE], both[_CODE:]
    if not {base, quote} <= _FIAT or base == quote:
        raise Invalid(f"{text[:48]!r} is not a pair of two currencies such as EURUSD=X.", field="symbol")
    return Ticker(both, None, AssetClass.CURRENCY)


def _pair(text: str, exchange: str | None) -> Ticker | None:
    match = _PAIR.fullmatch(text)
    if match is None or match[2] not in _QUOTES or exchange not in {None, "CRYPTO"}:
        return None
    base, quote = match.groups()
    if base in _FIAT and quote in _FIAT:
        return _currencies(base + quote, text)
    return Ticker(f"{base}-{quote}", None, AssetClass.CRYPTO)


def _stock(text: str, exchange: str | None) -> Ticker:
    symbol, dot, mark = text.rpartition(".")
    marked = BY_SUFFIX.get(dot + mark)
    if marked is not None and symbol and exchange in {None, marked.code}:
        text, exchange = symbol, marked.code
    elif marked is not None and symbol:
        raise Invalid(f"{text[:48]!r} is of the exchange {marked.code}, not of {exchange}.", field="exchange")
    if exchange == "CRYPTO":
        raise Invalid(f"{text[:48]!r} does not say in which currency; write it like {text[:10]}-USD.", field="symbol")
    share_class = _SHARE_CLASS.fullmatch(text)
    return Ticker("-".join(share_class.groups()) if share_class else _plain(text, text), exchange)


def _plain(symbol: str, text: str) -> str:
    if _SYMBOL.fullmatch(symbol) is None:
        raise Invalid(
            f"{text[:48]!r} is not a symbol; they look like AAPL, NSE:INFY, BRK-B, ^GSPC, BTC-USD, EURUSD=X or GC=F.",
            field="symbol",
        )
    return symbol

"""Coins and money of crypto exchanges: what is cash there, and what a coin is called everywhere."""

from __future__ import annotations

from typing import Final

from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency

# a coin is the same wherever it is held, so that it can move between exchanges
_EVERYWHERE: Final = "CRYPTO"
_FIAT: Final = frozenset(
    {
        *("AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EUR", "GBP", "HKD"),
        *("HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KRW", "MXN", "MYR", "NGN", "NOK", "NZD", "PHP", "PLN", "RON"),
        *("SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR"),
    }
)
# held as cash to trade with, at a price of about 1
_STABLE: Final = frozenset(
    {
        *("BUSD", "DAI", "EURC", "EURI", "EURQ", "EURR", "EURT", "FDUSD", "GUSD", "PYUSD", "RLUSD", "TUSD", "USDC"),
        *("USDD", "USDG", "USDP", "USDQ", "USDR", "USDS", "USDT"),
    }
)
_RENAMED: Final = {"XBT": "BTC", "XDG": "DOGE", "ETH2": "ETH"}


def is_money(code: str) -> bool:
    """Tell whether a code is cash: a currency of a state, or a coin that stands for one."""
    return code in _FIAT or code in _STABLE


def coin_code(code: str) -> str:
    """Return a coin's usual code; XBT is BTC."""
    return _RENAMED.get(code.upper(), code.upper())


def coin(code: str, currency: Currency) -> InstrumentKey:
    """Return the instrument: a coin, priced in the currency."""
    return InstrumentKey(code, _EVERYWHERE, Segment.CRYPTO, currency)

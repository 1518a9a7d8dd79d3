"""What Kraken calls coins and currencies, in ledgers and in the names of pairs."""

from __future__ import annotations

from typing import Final

from adapters.ledger.imports.crypto import coin_code, is_money

# the first coins and currencies had a letter put before them
_COINS: Final = (
    "XBT",
    "ETH",
    "LTC",
    "XRP",
    "XLM",
    "XMR",
    "ETC",
    "ZEC",
    "REP",
    "MLN",
    "XDG",
    "ICN",
    "DAO",
    "XVN",
    "NMC",
)
_CURRENCIES: Final = ("EUR", "USD", "GBP", "CAD", "JPY", "AUD", "CHF", "AED", "KRW")
_LEGACY: Final = {f"X{code}": code for code in _COINS} | {f"Z{code}": code for code in _CURRENCIES}
# the longest first, so that the end of ETHUSDT is USDT
_QUOTES: Final = (
    *("RLUSD", "PYUSD", "USDT", "USDC", "USDG", "EURC", "EURT", "EURQ", "EURR"),
    *("DAI", "USD", "EUR", "GBP", "CAD", "JPY", "AUD", "CHF", "AED"),
)
_LEGACY_LENGTH: Final = 4


def asset(code: str) -> str:
    """Return the usual code: XXBT is BTC, ZEUR is EUR, and what is staked or earns (`DOT.S`) is the coin."""
    plain = code.upper().partition(".")[0]
    return coin_code(_LEGACY.get(plain, plain))


def pair(name: str) -> tuple[str, str] | None:
    """Return the coin and the money of a pair such as XXBTZEUR, ADAUSDT or BTC/EUR; None if it has no money."""
    base, slash, quote = name.upper().partition("/")
    if slash:
        return (asset(base), asset(quote)) if is_money(asset(quote)) else None
    for code in _QUOTES:
        # of XTZUSD the Z is the coin's: only a coin with a letter of its own stands before ZUSD
        for ending in (f"Z{code}", code):
            base = name.upper().removesuffix(ending)
            is_legacy = ending != code
            if base and base != name.upper() and (not is_legacy or len(base) == _LEGACY_LENGTH):
                return asset(base), code
    return None

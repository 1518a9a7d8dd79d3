"""What the market calls an instrument of the ledger."""

from __future__ import annotations

from dataclasses import replace

from domain.market_data.asset_class import AssetClass
from domain.market_data.exchange import BY_NAME
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.instrument import InstrumentKey, Segment


def ticker_of(key: InstrumentKey) -> Ticker | None:
    """Return the ticker of an instrument; None for what no ticker names: a contract, or a share of no exchange we know.

    A crypto currency or a currency is a pair: where the symbol names one alone, it is priced in the key's currency.
    """
    symbol = key.symbol.strip().upper()
    match key.segment:
        case Segment.EQUITY | Segment.FUND:
            found = _share(symbol, key.exchange.strip().upper())
            if found is None or key.segment is Segment.EQUITY:
                return found
            return replace(found, asset_class=AssetClass.FUND)
        case Segment.CRYPTO:
            return _pair(symbol, f"-{key.currency.code}", AssetClass.CRYPTO)
        case Segment.CURRENCY:
            return _pair(symbol, f"/{key.currency.code}", AssetClass.CURRENCY)
        case Segment.DERIVATIVE | Segment.COMMODITY:
            return None


def _share(symbol: str, exchange: str) -> Ticker | None:
    place = BY_NAME.get(exchange)
    if place is None:
        return None
    try:
        found = Ticker.parse(symbol, place.code)
    except Invalid:
        return None
    return found if found.asset_class is AssetClass.STOCK else None


def _pair(symbol: str, in_currency: str, kind: AssetClass) -> Ticker | None:
    for text in (symbol, symbol + in_currency, f"{symbol}=X"):
        try:
            found = Ticker.parse(text)
        except Invalid:
            continue
        if found.asset_class is kind:
            return found
    return None

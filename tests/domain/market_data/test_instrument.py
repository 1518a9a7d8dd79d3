"""What instruments of the ledger are called at the market, and which are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market_data.instrument import ticker_of
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency


def called(symbol: str, exchange: str, segment: Segment, currency: str) -> str | None:
    found = ticker_of(InstrumentKey(symbol, exchange, segment, Currency(currency)))
    return None if found is None else f"{found} {found.asset_class.value}"


@pytest.mark.parametrize(
    ("symbol", "exchange", "segment", "currency", "ticker"),
    [
        ("INFY", "NSE", Segment.EQUITY, "INR", "NSE:INFY stock"),
        ("VOD", "XLON", Segment.EQUITY, "GBP", "LSE:VOD stock"),
        ("BRK.B", "NYSE", Segment.EQUITY, "USD", "NYSE:BRK-B stock"),
        ("SPY", "ARCX", Segment.FUND, "USD", "ARCA:SPY fund"),
        ("AAPL", "MOON", Segment.EQUITY, "USD", None),
        ("INFY.NS", "BSE", Segment.EQUITY, "INR", None),
        ("BTC", "COINBASE", Segment.CRYPTO, "USD", "BTC-USD crypto"),
        ("BTC-EUR", "KRAKEN", Segment.CRYPTO, "EUR", "BTC-EUR crypto"),
        ("EURUSD", "FX", Segment.CURRENCY, "USD", "EURUSD=X currency"),
        ("EUR", "FX", Segment.CURRENCY, "USD", "EURUSD=X currency"),
        ("NIFTY26MARFUT", "NFO", Segment.DERIVATIVE, "INR", None),
        ("GOLD", "MCX", Segment.COMMODITY, "INR", None),
    ],
)
def test_an_instrument_has_the_market_s_name(
    symbol: str, exchange: str, segment: Segment, currency: str, ticker: str | None
) -> None:
    """Or none, where a symbol would name another thing."""
    assert called(symbol, exchange, segment, currency) == ticker


lines = st.text(alphabet="ABC.-/=^&: 1x", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(lines, lines, st.sampled_from(Segment))
def test_any_instrument_has_a_name_or_none(symbol: str, exchange: str, segment: Segment) -> None:
    """Nothing is raised, and what has one says so the same way again."""
    found = ticker_of(InstrumentKey(symbol, exchange, segment, Currency("USD")))
    assert found is None or found == ticker_of(InstrumentKey(symbol, exchange, segment, Currency("USD")))

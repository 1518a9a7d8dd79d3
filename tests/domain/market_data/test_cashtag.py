"""Which marks in a text are tickers, and which are money."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.market_data.cashtag import MOST, cashtags


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$AAPL and $BRK.B, $AAPL again", ["AAPL", "BRK-B"]),
        ("Bought $BTC.X at $5, for $100K or $1B", ["BTC-USD"]),
        ("($ETH-USD)", ["ETH-USD"]),
        ("US$AAPL $$AAPL $aapl $TOOLONGER a$B", []),
        ("$AAPL's $MSFT.", ["AAPL", "MSFT"]),
    ],
)
def test_capitals_behind_a_dollar_are_a_ticker(text: str, found: list[str]) -> None:
    """Each once; amounts of money, words and other currencies are none."""
    assert [str(ticker) for ticker in cashtags(text)] == found


@given(st.text(alphabet="$ABX.-1 a\n", max_size=300))
def test_any_text_has_some_tickers_or_none(text: str) -> None:
    """Never an error, and no more than a few."""
    assert len(cashtags(text)) <= MOST

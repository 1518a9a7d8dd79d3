"""What a provider carries: whoever asks it for something else must not take its silence for an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from application.market_data.ports import SourceFailed
from domain.market_data.asset_class import AssetClass
from domain.market_data.provenance import Refusal
from domain.market_data.ticker import Ticker

AMERICAN: Final = frozenset({None, "NYSE", "NASDAQ", "ARCA", "AMEX"})
"""The exchanges of American shares. Who names no exchange means these, as providers take it."""
SHARES: Final = frozenset({AssetClass.STOCK, AssetClass.FUND})


def is_american(ticker: Ticker) -> bool:
    """Whether this is a share that trades in America, as far as the ticker says."""
    return ticker.asset_class in SHARES and ticker.exchange in AMERICAN


def require(tickers: Iterable[Ticker], covers: Callable[[Ticker], bool]) -> None:
    """Raise SourceFailed unless all of these are carried."""
    if not all(covers(ticker) for ticker in tickers):
        raise SourceFailed(Refusal.NOT_COVERED, "The provider does not carry this market.")

"""What is asked of the directory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from domain.market_data.asset_class import AssetClass
from domain.market_data.listing import Listing
from domain.market_data.ticker import Ticker


class Directory(Protocol):
    """Knows listings, also those that are gone."""

    async def search(self, text: str, kind: AssetClass | None, limit: int) -> Sequence[Listing]:
        """Return what goes by such a symbol, name, ISIN or FIGI, best first; a letter or two may be wrong."""
        ...

    async def find(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Listing]:
        """Return the listings of those that are known; one without an exchange is that of its home market."""
        ...

    async def add(self, listings: Collection[Listing], told_by: str) -> None:
        """Keep what a provider tells; what it does not say stays as it was."""
        ...

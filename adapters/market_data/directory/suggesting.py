"""Suggestions out of the directory."""

from __future__ import annotations

from typing import Final, final

from application.market_data.directory.ports import Directory
from application.market_data.quotes import Suggestions
from application.shared.cache import Cache, Shelf
from domain.market_data.ticker import Ticker

_MOST: Final = 5


@final
class DirectorySuggestions(Suggestions):
    """Searches for the symbol: what it goes by now comes first, then what is spelt like it."""

    def __init__(self, directory: Directory, cache: Cache, search_s: float) -> None:
        self._directory = directory
        self._cache = cache
        self._shelf = Shelf(name="suggestions", version=2, kind=tuple[Ticker, ...], ttl_s=search_s)

    async def near(self, ticker: Ticker) -> tuple[Ticker, ...]:
        """Return what the directory finds, nothing that is gone; it is kept for a while."""
        return (await self._cache.get(self._shelf, ticker, self._search, tenant=None)).value

    async def _search(self, ticker: Ticker) -> tuple[Ticker, ...]:
        listings = await self._directory.search(ticker.symbol, None, 2 * _MOST)
        renamed = [each.renamed_to for each in listings if each.renamed_to is not None]
        trading = [each.ticker for each in listings if each.delisted_on is None and each.renamed_to is None]
        return tuple(each for each in dict.fromkeys([*renamed, *trading]) if each != ticker)[:_MOST]

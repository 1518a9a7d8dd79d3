"""The directory in memory; the contract suite proves that it keeps the promises of the real one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import final

from application.market_data.directory.ports import Directory
from domain.market_data.asset_class import AssetClass
from domain.market_data.listing import Listing
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid

_SHARES = {AssetClass.STOCK, AssetClass.FUND}
_ENOUGH = 0.7


@final
class FakeDirectory(Directory):
    """Looks at each listing."""

    def __init__(self) -> None:
        self._listings: dict[Ticker, Listing] = {}

    async def search(self, text: str, kind: AssetClass | None, limit: int) -> Sequence[Listing]:
        """Return what is like it."""
        words = " ".join(text.split())
        try:
            typed = Ticker.parse(words)
        except Invalid:
            typed = Ticker(words.upper())
        ranked = [
            (rank, each)
            for each in self._listings.values()
            if kind in {None, each.ticker.asset_class} and typed.exchange in {None, each.ticker.exchange}
            if (rank := _rank(words, typed.symbol, each)) < 1
        ]
        return [each for _, each in sorted(ranked, key=_order)][:limit] if words else []

    async def find(self, tickers: Collection[Ticker]) -> Mapping[Ticker, Listing]:
        """Look them up."""
        found: dict[Ticker, Listing] = {}
        for ticker in tickers:
            for listed, listing in self._listings.items():
                kinds = {ticker.asset_class, listed.asset_class}
                is_of_kind = len(kinds) == 1 or kinds <= _SHARES
                if ticker.symbol == listed.symbol and is_of_kind and ticker.exchange in {None, listed.exchange}:
                    found.setdefault(ticker, listing)
        return found

    async def add(self, listings: Collection[Listing], told_by: str) -> None:
        """Keep them."""
        del told_by
        for new in listings:
            old = self._listings.get(new.ticker, new)
            self._listings[new.ticker] = replace(
                new,
                currency=new.currency or old.currency,
                isin=new.isin or old.isin,
                figi=new.figi or old.figi,
                delisted_on=new.delisted_on or old.delisted_on,
                renamed_to=new.renamed_to or old.renamed_to,
                provider_symbols=old.provider_symbols | new.provider_symbols,
            )


def _order(ranked: tuple[float, Listing]) -> tuple[bool, bool, float, bool]:
    rank, listing = ranked
    is_gone = listing.delisted_on is not None or listing.renamed_to is not None
    return rank >= 0, is_gone, rank, listing.ticker.exchange == "BSE"


def _rank(words: str, symbol: str, listing: Listing) -> float:
    """Less than nothing for what is exactly it, one for what is not at all like it."""
    if symbol == listing.ticker.symbol or words.upper() in {listing.isin, listing.figi}:
        return -1
    name = listing.name.casefold()
    if name.startswith(words.casefold()):
        return len(name) / 10_000
    if words.casefold() in name and len(words) > 1:
        return 0.1
    if listing.ticker.symbol.startswith(symbol):
        return 0.2
    likeness = max(
        SequenceMatcher(None, words.casefold(), part).ratio()
        for part in (*name.split(), name, listing.ticker.symbol.casefold())
    )
    return 1 - likeness if likeness >= _ENOUGH else 1

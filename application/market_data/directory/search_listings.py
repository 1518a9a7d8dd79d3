"""Find what is listed under a symbol, a name or a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from application.market_data.chains import Chains, NoProviderAnswers
from application.market_data.directory.ports import Directory
from application.market_data.ports import ListingSource
from application.shared.cache import Cache, Cached, Shelf
from domain.market_data.asset_class import AssetClass
from domain.market_data.listing import Listing
from domain.shared.access import Actor, Scope

_ASKED_FOR: Final = 25


class _Question(NamedTuple):
    text: str
    kind: AssetClass | None
    limit: int


@dataclass(frozen=True, slots=True)
class SearchListings:
    """Searches the directory; where it knows little, whoever can is asked, and what they tell is kept in it."""

    directory: Directory
    listing_chains: Chains[ListingSource]
    cache: Cache
    lifetime_s: float

    async def __call__(
        self, actor: Actor, text: str, kind: AssetClass | None, limit: int
    ) -> Cached[tuple[Listing, ...]]:
        """Return listings, best first; raise Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        shelf = Shelf(name="listings", version=1, kind=tuple[Listing, ...], ttl_s=self.lifetime_s)
        question = _Question(" ".join(text.split()).casefold(), kind, limit)
        return await self.cache.get(shelf, question, self._search, tenant=None)

    async def _search(self, question: _Question) -> tuple[Listing, ...]:
        found = await self.directory.search(*question)
        if len(found) < question.limit:
            await self._ask_around(question.text)
            found = await self.directory.search(*question)
        return tuple(found)

    async def _ask_around(self, text: str) -> None:
        async def search(source: ListingSource) -> Sequence[Listing]:
            return await source.search(text, _ASKED_FOR)

        try:
            answer = await self.listing_chains.ask(None, search)
        except NoProviderAnswers:
            # what the directory knows is an answer
            return
        await self.directory.add(answer.value, answer.provider)

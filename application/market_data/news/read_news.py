"""Read news and posts."""

from __future__ import annotations

from dataclasses import dataclass

from application.market_data.news.existing import Existing
from application.market_data.news.newsroom import News, Newsroom
from application.market_data.news.ports import Wanted
from application.shared.cache import Cache, Cached, Shelf
from domain.shared.access import Actor, Scope


@dataclass(frozen=True, slots=True)
class ReadNews:
    """Asks the sources at most once in a while for the same; in between the same answer is given."""

    newsroom: Newsroom
    cache: Cache
    lifetime_s: float
    existing: Existing

    async def __call__(self, actor: Actor, wanted: Wanted) -> Cached[News]:
        """Return the newest stories; raise Forbidden without market:read, or Unavailable if nobody can be asked.

        Raises UnknownSymbol where there are none because nobody knows what they are wanted about.
        """
        actor.require(Scope.MARKET_READ)
        shelf = Shelf(name="news", version=1, kind=News, ttl_s=self.lifetime_s, stale_s=86_400)
        found = await self.cache.get(shelf, wanted, self.newsroom.look, tenant=None)
        if not found.value.stories:
            await self.existing.check(wanted.about)
        return found

"""What follows when something changes that kept answers depend on: they are forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from application.shared.cache import Cache, Tag
from application.shared.reactions import Delivery, Done


@dataclass(frozen=True, slots=True)
class Forget:
    """The reaction to an event after which the organisation's answers with this tag are wrong.

    While the cache cannot be reached it raises, and so is tried again; until then the answers' own age bounds the harm.
    """

    cache: Cache
    tag: str

    async def __call__(self, delivery: Delivery) -> Done:
        """Forget them."""
        await self.cache.forget([Tag(self.tag, delivery.organisation_id)])
        return Done()

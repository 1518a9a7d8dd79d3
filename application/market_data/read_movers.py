"""Tell what has moved most since the close before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.market_data.asking import Asking
from application.market_data.ports import MoverSource
from application.shared.cache import Cached, Shelf
from domain.market_data.movement import Direction
from domain.market_data.quote import Quote
from domain.shared.access import Actor, Scope

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class ReadMovers:
    """Asks for as many as anybody may want, and gives the first of them."""

    movers: Asking[MoverSource]
    mover_shelf: Shelf[tuple[Quote, ...]]

    async def __call__(self, actor: Actor, direction: Direction, limit: int) -> Cached[tuple[Quote, ...]]:
        """Return the first so many, at most 50; raise NoProviderAnswers, or Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        cached = await self.movers.answer(self.mover_shelf, direction, _moved)
        return replace(cached, value=cached.value[:limit])


async def _moved(source: MoverSource, direction: Direction) -> Sequence[Quote]:
    return await source.movers(direction, MOST)

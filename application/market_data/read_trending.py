"""Tell what many look at now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.market_data.asking import Asking
from application.market_data.ports import TrendSource
from application.shared.cache import Cached, Shelf
from domain.market_data.movement import Trend
from domain.shared.access import Actor, Scope

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class ReadTrending:
    """Asks for as many as anybody may want, and gives the first of them."""

    trends: Asking[TrendSource]
    trend_shelf: Shelf[tuple[Trend, ...]]

    async def __call__(self, actor: Actor, limit: int) -> Cached[tuple[Trend, ...]]:
        """Return the first so many, at most 50; raise NoProviderAnswers, or Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        cached = await self.trends.answer(self.trend_shelf, MOST, _trending)
        return replace(cached, value=cached.value[:limit])


async def _trending(source: TrendSource, limit: int) -> Sequence[Trend]:
    return await source.trending(limit)

"""Find crypto currencies by letters or names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.market_data.asking import Asking
from application.market_data.ports import CoinSource
from application.shared.cache import Cached, Shelf
from domain.market_data.coin import ListedCoin
from domain.shared.access import Actor, Scope

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class FindCoins:
    """Has the sources search; what differs in case or blanks only is one question."""

    coins: Asking[CoinSource]
    coin_search_shelf: Shelf[tuple[ListedCoin, ...]]

    async def __call__(self, actor: Actor, text: str, limit: int) -> Cached[tuple[ListedCoin, ...]]:
        """Return the best so many, at most 50; raise NoProviderAnswers, or Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        cached = await self.coins.answer(self.coin_search_shelf, " ".join(text.lower().split()), _found)
        return replace(cached, value=cached.value[:limit])


async def _found(source: CoinSource, text: str) -> Sequence[ListedCoin]:
    return await source.find_coins(text, MOST)

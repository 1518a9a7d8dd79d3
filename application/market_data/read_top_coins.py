"""Tell which crypto currencies are worth most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.market_data.asking import Asking
from application.market_data.ports import CoinSource
from application.shared.cache import Cached, Shelf
from domain.market_data.coin import Coin
from domain.shared.access import Actor, Scope
from domain.shared.money import Currency

# all who ask for fewer are served from one answer
MOST: Final = 250


@dataclass(frozen=True, slots=True)
class ReadTopCoins:
    """Asks for as many as anybody may want, and gives the first of them."""

    coins: Asking[CoinSource]
    top_coin_shelf: Shelf[tuple[Coin, ...]]

    async def __call__(self, actor: Actor, currency: Currency, limit: int) -> Cached[tuple[Coin, ...]]:
        """Return the first so many, at most 250; raise NoProviderAnswers, or Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        cached = await self.coins.answer(self.top_coin_shelf, currency, _top)
        return replace(cached, value=cached.value[:limit])


async def _top(source: CoinSource, currency: Currency) -> Sequence[Coin]:
    return await source.top(currency, MOST)

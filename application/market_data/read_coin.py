"""Tell what one crypto currency costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from application.market_data.asking import Asking
from application.market_data.ports import CoinSource
from application.shared.cache import Cached, Shelf
from domain.market_data.coin import Coin
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound
from domain.shared.money import Currency


class _Question(NamedTuple):
    coin_id: str
    currency: Currency


@dataclass(frozen=True, slots=True)
class ReadCoin:
    """Looks a coin up by its id, which no two coins share."""

    coins: Asking[CoinSource]
    coin_shelf: Shelf[tuple[Coin, ...]]

    async def __call__(self, actor: Actor, coin_id: str, currency: Currency) -> Cached[Coin]:
        """Return the coin; raise NotFound, NoProviderAnswers, or Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        question = _Question(coin_id, currency)
        return await self.coins.look_up(self.coin_shelf, question, _one, NotFound("coin", coin_id))


async def _one(source: CoinSource, question: _Question) -> Coin | None:
    return (await source.coins([question.coin_id], question.currency)).get(question.coin_id)

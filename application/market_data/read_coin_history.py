"""Tell what a crypto currency has cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from application.market_data.asking import Asking
from application.market_data.ports import CoinSource
from application.shared.cache import Cached, Shelf
from domain.market_data.coin import CoinHistory
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound
from domain.shared.money import Currency


class _Question(NamedTuple):
    coin_id: str
    currency: Currency
    days: int


@dataclass(frozen=True, slots=True)
class ReadCoinHistory:
    """Looks the last days of a coin up."""

    coins: Asking[CoinSource]
    coin_history_shelf: Shelf[tuple[CoinHistory, ...]]

    async def __call__(self, actor: Actor, coin_id: str, currency: Currency, days: int) -> Cached[CoinHistory]:
        """Return the prices of so many days; raise NotFound, NoProviderAnswers, or Forbidden without market:read."""
        actor.require(Scope.MARKET_READ)
        question = _Question(coin_id, currency, days)
        return await self.coins.look_up(self.coin_history_shelf, question, _history, NotFound("coin", coin_id))


async def _history(source: CoinSource, question: _Question) -> CoinHistory | None:
    return await source.coin_history(*question)

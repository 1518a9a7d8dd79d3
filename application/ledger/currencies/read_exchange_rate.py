"""Tell the rate that the ledger converts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from application.ledger.currencies.ports import ExchangeRates
from application.shared.cache import Cache, Cached, Shelf
from domain.ledger.exchange import NoExchangeRate, Rate, RateKey
from domain.shared.access import Actor, Scope

# an edition tells the same for ever, so age makes no rate wrong
RATES: Final = Shelf(name="exchange_rate", version=1, kind=Rate, ttl_s=86_400)


class _Question(NamedTuple):
    edition: str
    wanted: RateKey


@dataclass(frozen=True, slots=True)
class ReadExchangeRate:
    """Looks one rate up; what is published is the same for everybody, and kept."""

    exchange_rates: ExchangeRates
    cache: Cache

    async def __call__(self, actor: Actor, wanted: RateKey) -> Cached[Rate]:
        """Return the rate; raise NoExchangeRate, or Forbidden without ledger:read."""
        actor.require(Scope.LEDGER_READ)
        question = _Question(self.exchange_rates.edition, wanted)
        return await self.cache.get(RATES, question, self._look_up, tenant=None)

    async def _look_up(self, question: _Question) -> Rate:
        wanted = question.wanted
        found = (await self.exchange_rates.rates(wanted.base, wanted.quote, [wanted.day])).get(wanted.day)
        if found is None:
            raise NoExchangeRate(wanted)
        return found

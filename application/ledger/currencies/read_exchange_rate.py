"""Tell the rate that the ledger converts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from application.ledger.currencies.ports import ExchangeRates
from application.shared.cache import Cache, Cached, Shelf
from domain.ledger.exchange import NoExchangeRate, Rate, RateKey, RateSource
from domain.shared.access import Actor, Scope

# what an edition tells of a day it tells for ever, so age makes that no rate wrong; others may be told better soon
_PROVISIONAL_S: Final = 15.0
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

        def lasts(rate: Rate) -> float:
            is_final = rate.day == wanted.day and rate.source in {RateSource.ECB, RateSource.SAME_CURRENCY}
            return RATES.ttl_s if is_final else _PROVISIONAL_S

        return await self.cache.get(RATES, question, self._look_up, tenant=None, lasts=lasts)

    async def _look_up(self, question: _Question) -> Rate:
        wanted = question.wanted
        found = (await self.exchange_rates.rates(wanted.base, wanted.quote, [wanted.day])).get(wanted.day)
        if found is None:
            raise NoExchangeRate(wanted)
        return found

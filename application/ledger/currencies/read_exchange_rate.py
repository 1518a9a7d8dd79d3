"""Tell the rate that the ledger converts with."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.currencies.ports import ExchangeRates
from domain.ledger.exchange import NoExchangeRate, Rate, RateKey
from domain.shared.access import Actor, Scope


@dataclass(frozen=True, slots=True)
class ReadExchangeRate:
    """Looks one rate up."""

    exchange_rates: ExchangeRates

    async def __call__(self, actor: Actor, wanted: RateKey) -> Rate:
        """Return the rate; raise NoExchangeRate, or Forbidden without ledger:read."""
        actor.require(Scope.LEDGER_READ)
        found = (await self.exchange_rates.rates(wanted.base, wanted.quote, [wanted.day])).get(wanted.day)
        if found is None:
            raise NoExchangeRate(wanted)
        return found

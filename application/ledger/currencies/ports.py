"""What converting needs of the outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Protocol

from domain.ledger.exchange import Rate
from domain.shared.money import Currency


class ExchangeRates(Protocol):
    """Rates between currencies, day by day."""

    @property
    def edition(self) -> str:
        """Names what is known: another edition may tell other rates, the same one never does."""
        ...

    async def current(self) -> ExchangeRates:
        """Return the same with what is known by now, which asks nobody any more: for who reads within a snapshot."""
        ...

    async def rates(self, base: Currency, quote: Currency, days: Collection[date]) -> Mapping[date, Rate]:
        """Return for each day the last rate on or before it, at most `MAX_AGE` old; a day without one is left out.

        A currency in itself is one on every day, whether or not anybody quotes it.
        """
        ...

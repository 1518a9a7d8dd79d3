"""What converting needs of the outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from domain.ledger.exchange import Rate, RateKey


class ExchangeRates(Protocol):
    """Rates between currencies, day by day."""

    async def rates(self, wanted: Collection[RateKey]) -> Mapping[RateKey, Rate]:
        """Return the last rate on or before each day, at most `MAX_AGE` old; what has none is left out.

        A currency in itself is one on every day, whether or not anybody quotes it.
        """
        ...

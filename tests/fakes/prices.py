"""Prices that users entered, in memory."""

from __future__ import annotations

from datetime import datetime
from typing import final

from application.ledger.ports import EnteredPrice, PriceStore
from domain.shared.errors import VersionConflict
from domain.shared.ids import InstrumentId


@final
class FakePriceStore(PriceStore):
    """Prices in a dictionary."""

    def __init__(self, prices: dict[InstrumentId, EnteredPrice]) -> None:
        self._prices = prices

    async def find(self, instrument_id: InstrumentId) -> EnteredPrice | None:
        """Return the entry."""
        return self._prices.get(instrument_id)

    async def put(self, price: EnteredPrice, now: datetime) -> None:
        """Compare the version, then store."""
        del now
        known = self._prices.get(price.instrument_id)
        if (0 if known is None else known.version) != price.version - 1:
            raise VersionConflict("price", expected=price.version - 1)
        self._prices[price.instrument_id] = price

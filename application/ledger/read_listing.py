"""Tell what the market knows of an instrument."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.listings import InstrumentListings, ListedView
from application.ledger.ports import LedgerUnits
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound
from domain.shared.ids import InstrumentId


@dataclass(frozen=True, slots=True)
class ReadListing:
    """Looks an instrument of the organisation up in the directory, which is everybody's."""

    units: LedgerUnits
    instrument_listings: InstrumentListings

    async def __call__(self, actor: Actor, instrument_id: InstrumentId) -> ListedView | None:
        """Return the listing, None if none is known; raise NotFound without the instrument, or Forbidden."""
        actor.require(Scope.LEDGER_READ)
        async with self.units(actor.organisation_id) as unit:
            found = await unit.instruments.by_id([instrument_id])
        if instrument_id not in found:
            raise NotFound("instrument", instrument_id)
        return await self.instrument_listings.listing(found[instrument_id].key)

"""Say what an instrument is worth, where no market data does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from application.ledger.ports import EnteredPrice, LedgerUnits
from application.ledger.views import PriceView, instrument_view
from application.shared.ports import Clock
from domain.ledger.pnl import PriceSource
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid, NotFound, VersionConflict
from domain.shared.ids import InstrumentId
from domain.shared.money import check_number
from domain.shared.time import instant

_CLOCK_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SetPriceCommand:
    """The price of one unit at an instant, and the version of the entry it replaces: 0 for the first."""

    instrument_id: InstrumentId
    price: Decimal
    as_of: datetime
    expected: int


@dataclass(frozen=True, slots=True)
class SetPrice:
    """Enters a price; the entry with which positions are valued is the last one made."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: SetPriceCommand) -> PriceView:
        """Return the entry; raise NotFound, VersionConflict, Invalid for a time in the future, or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        as_of = instant(command.as_of, "asOf")
        check_number(command.price, "price")
        if as_of > now + _CLOCK_TOLERANCE:
            raise Invalid(f"asOf {as_of.isoformat()} lies in the future; enter a price once it is known.", field="asOf")
        async with self.units(actor.organisation_id) as unit:
            found = await unit.instruments.by_id([command.instrument_id])
            if command.instrument_id not in found:
                raise NotFound("instrument", command.instrument_id)
            known = await unit.prices.find(command.instrument_id)
            version = 0 if known is None else known.version
            if version != command.expected:
                raise VersionConflict("price", expected=command.expected, actual=version)
            entry = EnteredPrice(command.instrument_id, command.price, as_of, version + 1)
            await unit.prices.put(entry, now)
            await unit.commit()
        return PriceView(
            instrument=instrument_view(found[command.instrument_id]),
            price=entry.price,
            as_of=entry.as_of,
            source=PriceSource.USER,
            version=entry.version,
        )

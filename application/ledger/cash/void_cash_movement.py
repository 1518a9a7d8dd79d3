"""Void a movement of cash, and with it the other side of a transfer or of a conversion."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.cash.checking import account_of, instrument_of
from application.ledger.cash.views import CashMovementView, movement_view
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock
from domain.ledger.cash import cash_changed
from domain.shared.access import Actor, Scope
from domain.shared.errors import VersionConflict
from domain.shared.ids import CashMovementId


@dataclass(frozen=True, slots=True)
class VoidCashMovementCommand:
    """Which movement, the version the caller read, and why."""

    movement_id: CashMovementId
    expected: int
    reason: str


@dataclass(frozen=True, slots=True)
class VoidCashMovement:
    """Takes a movement out of every balance and keeps it on record; of a pair, both sides."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: VoidCashMovementCommand) -> CashMovementView:
        """Return the void movement; raise NotFound, VersionConflict, Conflict, PeriodLocked or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            together = await unit.cash_movements.get(command.movement_id)
            movement = together[0]
            if movement.version != command.expected:
                raise VersionConflict("cash movement", expected=command.expected, actual=movement.version)
            for each in together:
                (await account_of(unit, each.account_id)).must_be_unlocked(each.details.occurred_at)
                each.void(command.reason, now)
            instrument = await instrument_of(unit, movement.details)
            await unit.cash_movements.save(together)
            await unit.outbox.add(cash_changed(together))
            await unit.commit()
        return movement_view(movement, instrument)

"""Record cash that moved without a trade."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.cash.checking import account_of, check_references
from application.ledger.cash.views import CashMovementView, movement_view
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.cash import CashDetails, CashMovement, cash_changed
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId, CashMovementId


@dataclass(frozen=True, slots=True)
class RecordCashMovement:
    """Records one movement; the balance follows at once."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, account_id: AccountId, details: CashDetails) -> CashMovementView:
        """Return the movement; raise NotFound, Conflict, PeriodLocked, Invalid or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            account = await account_of(unit, account_id)
            movement = CashMovement.record(CashMovementId(self.ids.new()), account, details, now)
            instrument = await check_references(unit, account_id, details)
            await unit.cash_movements.add([movement])
            await unit.outbox.add(cash_changed([movement]))
            await unit.commit()
        return movement_view(movement, instrument)

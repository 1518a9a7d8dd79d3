"""Record cash that moved without a trade."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.cash.recording import record
from application.ledger.cash.views import CashMovementView
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.cash import CashDetails
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId


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
            view = await record(unit, account_id, details, now, self.ids)
            await unit.commit()
        return view

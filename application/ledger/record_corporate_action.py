"""Record a corporate action; what happened after it is counted anew."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import taking_effect
from application.ledger.action_views import ActionOutcome
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.corporate_action import ActionDetails
from domain.shared.access import Actor, Scope


@dataclass(frozen=True, slots=True)
class RecordCorporateAction:
    """Records an action once: one kind for one instrument and instant is not repeated, so no split counts twice."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, details: ActionDetails) -> ActionOutcome:
        """Return the action and what it did; raise NotFound, Invalid, DuplicateCorporateAction or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            outcome = await taking_effect.record(unit, actor.organisation_id, details, now, self.ids)
            await unit.commit()
        return outcome

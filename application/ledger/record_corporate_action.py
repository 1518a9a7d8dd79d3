"""Record a corporate action; what happened after it is counted anew."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import taking_effect
from application.ledger.action_views import ActionOutcome, action_view
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.corporate_action import ActionDetails, CorporateAction
from domain.ledger.errors import DuplicateCorporateAction
from domain.shared.access import Actor, Scope
from domain.shared.ids import CorporateActionId


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
            if details.account_id is not None:
                (await unit.accounts.get(details.account_id)).must_be_open()
            id_ = CorporateActionId(self.ids.new())
            action = CorporateAction.record(id_, actor.organisation_id, details, now)
            instruments = await taking_effect.lock(unit, action.instruments)
            for known in await unit.corporate_actions.touching({details.instrument_id}):
                if known.repeats(action):
                    raise DuplicateCorporateAction(known.id)
            await unit.corporate_actions.add(action)
            effects = await taking_effect.follow(unit, action, now)
            await unit.commit()
        return ActionOutcome(action_view(action, instruments[details.instrument_id]), effects)

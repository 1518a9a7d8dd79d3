"""Void a corporate action: everything is as if it had never been, and it stays on record."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import taking_effect
from application.ledger.action_views import ActionOutcome, action_view
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock
from domain.shared.access import Actor, Scope
from domain.shared.errors import VersionConflict
from domain.shared.ids import CorporateActionId


@dataclass(frozen=True, slots=True)
class VoidCorporateActionCommand:
    """Which action, the version the caller read, and why."""

    action_id: CorporateActionId
    expected: int
    reason: str


@dataclass(frozen=True, slots=True)
class VoidCorporateAction:
    """Takes an action out of every figure and keeps it on record."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: VoidCorporateActionCommand) -> ActionOutcome:
        """Return the void action and what that did; raise NotFound, VersionConflict, Conflict or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            action = await unit.corporate_actions.get(command.action_id)
            if action.version != command.expected:
                raise VersionConflict("corporate action", expected=command.expected, actual=action.version)
            instruments = await taking_effect.lock(unit, action.instruments)
            action.void(command.reason, now)
            await unit.corporate_actions.save(action)
            effects = await taking_effect.follow(unit, action, now)
            await unit.commit()
        return ActionOutcome(action_view(action, instruments[action.details.instrument_id]), effects)

"""Undo an import's corporate actions: void them and release their keys, so that the same file can be imported again."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import taking_effect
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock
from domain.shared.access import Actor, Scope
from domain.shared.ids import ImportId


@dataclass(frozen=True, slots=True)
class VoidImportedActionsCommand:
    """Void at most `limit` actions of the import that are not void yet; call again until fewer come back."""

    import_id: ImportId
    reason: str
    limit: int = 500


@dataclass(frozen=True, slots=True)
class VoidImportedActions:
    """Voids a batch of an import's actions; positions follow in the same transaction."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: VoidImportedActionsCommand) -> int:
        """Return how many were voided now; fewer than `limit` means that none is left."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            actions = await unit.corporate_actions.of_import(command.import_id, command.limit)
            concerned = frozenset(instrument for action in actions for instrument in action.instruments)
            await taking_effect.lock(unit, concerned)
            for action in actions:
                action.void(command.reason, now)
                action.source_key = None
                await unit.corporate_actions.save(action)
                await taking_effect.follow(unit, action, now, may_reopen=True)
            if actions:
                await unit.commit()
        return len(actions)

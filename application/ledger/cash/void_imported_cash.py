"""Undo an import's cash: void its movements and release their keys, so that the same file can be imported again."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock
from domain.ledger.cash import cash_changed
from domain.shared.access import Actor, Scope
from domain.shared.ids import ImportId


@dataclass(frozen=True, slots=True)
class VoidImportedCashCommand:
    """Void at most `limit` movements of the import that are not void yet; call again until none comes back."""

    import_id: ImportId
    reason: str
    limit: int = 5_000


@dataclass(frozen=True, slots=True)
class VoidImportedCash:
    """Voids a batch of an import's movements, both sides of a pair together."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: VoidImportedCashCommand) -> int:
        """Return how many were voided now; none means that none is left."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            found = await unit.cash_movements.of_import(command.import_id, command.limit)
            here = {movement.id for movement in found}
            # the end of a batch may fall between both sides of a pair: these wait for the next
            whole = [each for each in found if each.counterpart_id is None or each.counterpart_id in here]
            for movement in whole:
                movement.void(command.reason, now)
            if whole:
                await unit.cash_movements.save(whole, release_keys=True)
                await unit.outbox.add(cash_changed(whole))
                await unit.commit()
        return len(whole)

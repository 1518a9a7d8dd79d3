"""Undo an import: void what it recorded and release its keys, so that the same file can be imported again."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import voiding
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock
from domain.shared.access import Actor, Scope
from domain.shared.ids import ImportId


@dataclass(frozen=True, slots=True)
class VoidImportCommand:
    """Void at most `limit` trades of the import that are not void yet; call again until fewer come back."""

    import_id: ImportId
    reason: str
    limit: int = 5_000


@dataclass(frozen=True, slots=True)
class VoidImport:
    """Voids a batch of an import's trades; positions follow in the same transaction."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: VoidImportCommand) -> int:
        """Return how many trades were voided now; fewer than `limit` means that none is left."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            trades = await unit.trades.of_import(command.import_id, command.limit)
            if trades:
                await voiding.void(unit, trades, command.reason, self.clock.now(), release_keys=True)
                await unit.commit()
        return len(trades)

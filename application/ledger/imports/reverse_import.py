"""Voids the trades of an import, some thousands at a step, and releases their keys for another try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from application.ledger.imports.delivered import actor_of, import_of
from application.ledger.imports.ports import ImportUnits
from application.ledger.void_import import VoidImport, VoidImportCommand
from application.shared.ports import Clock
from application.shared.reactions import Again, Delivery, Done, Reaction
from domain.ledger.imports.tradebook_import import State

TRADES_PER_STEP: Final = 5_000


@dataclass(frozen=True, slots=True)
class ReverseImport(Reaction):
    """Reacts to `ledger.import_undo_requested`; trades that their owner voided by hand stay as they are."""

    units: ImportUnits
    void_import: VoidImport
    clock: Clock

    async def __call__(self, delivery: Delivery) -> Done | Again:
        """Void the next trades, unless the import has moved on without this event."""
        async with self.units(delivery.organisation_id) as unit:
            item = await unit.imports.hold(import_of(delivery))
            if item.state is not State.UNDOING:
                return Done()
            command = VoidImportCommand(item.id, f"Import {item.id} was undone.", TRADES_PER_STEP)
            voided = await self.void_import(actor_of(delivery), command)
            item.rows_undone(await unit.rows.mark_undone(item.id), self.clock.now())
            is_last = voided < TRADES_PER_STEP
            if is_last:
                item.undone(self.clock.now())
            await unit.imports.save(item)
            await unit.commit()
        return Done() if is_last else Again()

"""Voids what an import recorded, some thousands at a step, and releases its keys for another try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from application.ledger.cash.void_imported_cash import VoidImportedCash, VoidImportedCashCommand
from application.ledger.imports.delivered import actor_of, import_of
from application.ledger.imports.ports import ImportUnits
from application.ledger.void_import import VoidImport, VoidImportCommand
from application.ledger.void_imported_actions import VoidImportedActions, VoidImportedActionsCommand
from application.ledger.void_imported_transfers import VoidImportedTransfers, VoidImportedTransfersCommand
from application.shared.ports import Clock
from application.shared.reactions import Again, Delivery, Done, Progress, Reaction
from domain.ledger.imports.tradebook_import import Import, State
from domain.ledger.imports.verdict import Verdict
from domain.shared.access import Actor

TRADES_PER_STEP: Final = 5_000


@dataclass(frozen=True, slots=True)
class ReverseImport(Reaction):
    """Reacts to `ledger.import_undo_requested`; what its owner voided by hand stays as it is."""

    units: ImportUnits
    void_import: VoidImport
    void_imported_actions: VoidImportedActions
    void_imported_cash: VoidImportedCash
    void_imported_transfers: VoidImportedTransfers
    clock: Clock

    async def __call__(self, delivery: Delivery) -> Done | Again:
        """Void cash, transfers and actions, then the next trades, unless the import has moved on without this event."""
        async with self.units(delivery.organisation_id) as unit:
            item = await unit.imports.hold(import_of(delivery))
            if item.state is not State.UNDOING:
                return Done()
            is_last = await self._void(item, actor_of(delivery))
            item.rows_undone(await unit.rows.mark_undone(item.id), self.clock.now())
            if is_last:
                item.undone(self.clock.now())
            await unit.imports.save(item)
            await unit.commit()
        left, undone = item.counts.of(Verdict.IMPORTED), item.counts.of(Verdict.UNDONE)
        progress = Progress(undone, undone + left)
        return Done(progress) if is_last else Again(progress)

    async def _void(self, item: Import, actor: Actor) -> bool:
        """Void a batch; return whether that was the last. Each kind has transactions of its own."""
        reason = f"Import {item.id} was undone."
        if await self.void_imported_cash(actor, VoidImportedCashCommand(item.id, reason)):
            return False
        if await self.void_imported_transfers(actor, VoidImportedTransfersCommand(item.id, reason)):
            return False
        if await self.void_imported_actions(actor, VoidImportedActionsCommand(item.id, reason)):
            return False
        return await self.void_import(actor, VoidImportCommand(item.id, reason, TRADES_PER_STEP)) < TRADES_PER_STEP

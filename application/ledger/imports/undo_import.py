"""Asks for all trades of an import to be voided; that happens in the background."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.imports.ports import ImportUnits
from application.shared.ports import Clock
from domain.shared.access import Actor, Scope
from domain.shared.ids import ImportId


@dataclass(frozen=True, slots=True)
class UndoImportCommand:
    """Which import, at which version if that matters to the caller."""

    import_id: ImportId
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class UndoImport:
    """Stores the wish together with the event that gets it done."""

    units: ImportUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: UndoImportCommand) -> None:
        """Raise VersionConflict for a stale version, PeriodLocked, Conflict unless the import is committed.

        Asking again while it goes on is harmless.
        """
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            item = await unit.imports.hold(command.import_id)
            if command.expected_version is not None:
                item.require_version(command.expected_version)
            account = (await unit.accounts.find([item.account_id]))[item.account_id]
            earliest = await unit.rows.first_imported_at(item.id)
            if earliest is not None:
                account.must_be_unlocked(earliest)
            item.request_undo(actor, self.clock.now())
            await unit.imports.save(item)
            await unit.outbox.add(item.events)
            await unit.commit()

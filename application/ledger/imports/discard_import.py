"""Drops an import that has made no trades: its file and its rows go, its record stays."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.imports.ports import ImportUnits
from application.shared.ports import Clock
from domain.shared.access import Actor, Scope
from domain.shared.ids import ImportId


@dataclass(frozen=True, slots=True)
class DiscardImportCommand:
    """Which import, at which version if that matters to the caller."""

    import_id: ImportId
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class DiscardImport:
    """Forgets what was uploaded."""

    units: ImportUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: DiscardImportCommand) -> None:
        """Raise VersionConflict for a stale version, Conflict once the import is being committed: then it is undone."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            item = await unit.imports.hold(command.import_id)
            if command.expected_version is not None:
                item.require_version(command.expected_version)
            item.discard(self.clock.now())
            await unit.rows.remove(item.id)
            await unit.files.remove(item.id)
            await unit.imports.save(item)
            await unit.commit()

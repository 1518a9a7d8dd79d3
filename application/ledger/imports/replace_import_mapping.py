"""Replaces a saved mapping; imports that were read with the old one keep their copy."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.imports.ports import ImportUnits
from application.shared.ports import Clock
from domain.ledger.imports.mapping import ColumnMapping, MappingId, SavedMapping
from domain.shared.access import Actor, Scope
from domain.shared.errors import VersionConflict


@dataclass(frozen=True, slots=True)
class ReplaceImportMappingCommand:
    """The new content, and the version that it was made for."""

    mapping_id: MappingId
    expected_version: int
    name: str
    mapping: ColumnMapping


@dataclass(frozen=True, slots=True)
class ReplaceImportMapping:
    """Stores the new content one version later; the same content again changes nothing."""

    units: ImportUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: ReplaceImportMappingCommand) -> SavedMapping:
        """Return what is stored; raise VersionConflict for a stale version, Conflict if the name is taken."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            saved = await unit.mappings.get(command.mapping_id)
            if saved.version != command.expected_version:
                raise VersionConflict("import mapping", expected=command.expected_version, actual=saved.version)
            if saved.replace(command.name, command.mapping, self.clock.now()):
                await unit.mappings.save(saved, command.expected_version)
                await unit.commit()
        return saved

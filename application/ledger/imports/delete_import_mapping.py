"""Deletes a saved mapping; imports that were read with it keep their copy."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.imports.ports import ImportUnits
from domain.ledger.imports.mapping import MappingId
from domain.shared.access import Actor, Scope


@dataclass(frozen=True, slots=True)
class DeleteImportMappingCommand:
    """Which mapping, at which version."""

    mapping_id: MappingId
    expected_version: int


@dataclass(frozen=True, slots=True)
class DeleteImportMapping:
    """Forgets the mapping."""

    units: ImportUnits

    async def __call__(self, actor: Actor, command: DeleteImportMappingCommand) -> None:
        """Raise NotFound if there is none, VersionConflict for a stale version."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            await unit.mappings.remove(command.mapping_id, command.expected_version)
            await unit.commit()

"""Saves a column mapping under a name, for files to come."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.imports.ports import ImportUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.imports.mapping import ColumnMapping, MappingId, SavedMapping
from domain.shared.access import Actor, Scope


@dataclass(frozen=True, slots=True)
class CreateImportMappingCommand:
    """A mapping and its name."""

    name: str
    mapping: ColumnMapping


@dataclass(frozen=True, slots=True)
class CreateImportMapping:
    """Stores the mapping at version 1."""

    units: ImportUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: CreateImportMappingCommand) -> SavedMapping:
        """Return what is stored; raise Conflict if the name is taken."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        saved = SavedMapping(
            id=MappingId(self.ids.new()),
            organisation_id=actor.organisation_id,
            name=command.name,
            mapping=command.mapping,
            version=1,
            created_at=now,
            updated_at=now,
        )
        async with self.units(actor.organisation_id) as unit:
            await unit.mappings.add(saved)
            await unit.commit()
        return saved

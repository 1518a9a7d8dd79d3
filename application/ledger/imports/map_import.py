"""Says how a file is to be read: a saved mapping for one that was not recognised, or another one than before."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger.imports.format_ports import HEAD_BYTES, FileHead, TradebookFormats
from application.ledger.imports.ports import ImportUnits
from application.shared.ports import Clock
from domain.ledger.imports.layout import Layout, Shape
from domain.ledger.imports.mapping import MappingId
from domain.shared.access import Actor, Scope
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import ImportId


@dataclass(frozen=True, slots=True, kw_only=True)
class MapImportCommand:
    """The mapping to read the import's file with, and the version of the import that it is meant for."""

    import_id: ImportId
    expected_version: int
    mapping_id: MappingId


@dataclass(frozen=True, slots=True)
class MapImport:
    """Reads the file anew; verdicts given before are forgotten. The import keeps its own copy of the mapping."""

    units: ImportUnits
    formats: TradebookFormats
    clock: Clock

    async def __call__(self, actor: Actor, command: MapImportCommand) -> None:
        """Raise Invalid if the mapping does not fit, Conflict once the import is being committed."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            item = await unit.imports.hold(command.import_id)
            item.require_version(command.expected_version)
            mapping = await unit.mappings.get(command.mapping_id)
            if item.layout is None or item.layout.shape not in {Shape.TABLE, Shape.SECTIONS}:
                raise Conflict("The file of this import is not a table of text; no mapping can read it.")
            data = await unit.files.read(item.id, 0, HEAD_BYTES)
            head = FileHead(data, item.layout.encoding, item.content_size <= HEAD_BYTES)
            reading = self.formats.recognise(head, "generic_csv", [mapping])
            if isinstance(reading, Layout):
                raise Invalid(f"The mapping {mapping.name!r} does not fit the file.", field="mappingId")
            item.read_as(reading, actor, self.clock.now())
            await unit.rows.remove(item.id)
            await unit.imports.save(item)
            await unit.outbox.add(item.events)
            await unit.commit()

"""Imports, their files and saved mappings on PostgreSQL, each store for one organisation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Final, TypeVar, final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.ledger.bulk import columns, names
from adapters.ledger.imports.rows import (
    ImportData,
    MappingData,
    import_data,
    import_of,
    mapping_data,
    mapping_of,
)
from adapters.ledger.imports.tables import import_files, import_mappings, imports
from application.ledger.imports.ports import ImportFileStore, ImportStore, MappingStore
from domain.ledger.imports.mapping import MappingId, SavedMapping
from domain.ledger.imports.tradebook_import import Import
from domain.shared.errors import Conflict, NotFound, VersionConflict
from domain.shared.ids import ImportId, OrganisationId

RowT = TypeVar("RowT", bound=Struct)

CHUNK_BYTES: Final = 256 * 1024
_IMPORT = columns(imports, ImportData)
_MAPPING = columns(import_mappings, MappingData)
_FIXED = frozenset({"id", "account_id", "file_name", "file_size", "file_sha256", "content_size", "created_at"})


@final
class SqlImportStore(ImportStore):
    """Imports; the one being changed is locked, so that two workers take turns."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def add(self, item: Import) -> None:
        """Store a new import."""
        await self._connection.execute(
            insert(imports).values(organisation_id=self._organisation, **_values(import_data(item)))
        )

    async def hold(self, import_id: ImportId) -> Import:
        """Return the import, locked."""
        found = await self._connection.execute(
            select(*_IMPORT)
            .where(imports.c.organisation_id == self._organisation, imports.c.id == import_id)
            .with_for_update()
        )
        row = found.first()
        if row is None:
            raise NotFound("import", import_id)
        return import_of(read(row, ImportData), self._organisation)

    async def save(self, item: Import) -> None:
        """Store a changed import over the version before."""
        values = {name: value for name, value in _values(import_data(item)).items() if name not in _FIXED}
        saved = await self._connection.execute(
            update(imports)
            .where(
                imports.c.organisation_id == self._organisation,
                imports.c.id == item.id,
                imports.c.version == item.version - 1,
            )
            .values(values)
        )
        if saved.rowcount == 0:
            raise VersionConflict("import", expected=item.version - 1)


@final
class SqlImportFileStore(ImportFileStore):
    """Contents of files in chunks of one size, so that an offset tells the chunk."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def add(self, import_id: ImportId, content: AsyncIterator[bytes]) -> None:
        """Store the content chunk by chunk."""
        waiting = bytearray()
        ordinal = 0
        async for piece in content:
            waiting += piece
            while len(waiting) >= CHUNK_BYTES:
                await self._put(import_id, ordinal, bytes(waiting[:CHUNK_BYTES]))
                del waiting[:CHUNK_BYTES]
                ordinal += 1
        if waiting:
            await self._put(import_id, ordinal, bytes(waiting))

    async def read(self, import_id: ImportId, offset: int, length: int) -> bytes:
        """Return the bytes from the offset."""
        first = offset // CHUNK_BYTES
        last = (offset + length - 1) // CHUNK_BYTES
        found = await self._connection.execute(
            select(import_files.c.content)
            .where(
                import_files.c.organisation_id == self._organisation,
                import_files.c.import_id == import_id,
                import_files.c.ordinal.between(first, last),
            )
            .order_by(import_files.c.ordinal)
        )
        start = offset - first * CHUNK_BYTES
        return b"".join(found.scalars())[start : start + length]

    async def remove(self, import_id: ImportId) -> None:
        """Forget the content."""
        await self._connection.execute(
            delete(import_files).where(
                import_files.c.organisation_id == self._organisation, import_files.c.import_id == import_id
            )
        )

    async def _put(self, import_id: ImportId, ordinal: int, content: bytes) -> None:
        await self._connection.execute(
            insert(import_files).values(
                organisation_id=self._organisation, import_id=import_id, ordinal=ordinal, content=content
            )
        )


@final
class SqlMappingStore(MappingStore):
    """Saved column mappings."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation = organisation_id

    async def add(self, mapping: SavedMapping) -> None:
        """Store a new mapping, unless its name is taken."""
        values = _values(mapping_data(mapping))
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(
                    insert(import_mappings).values(organisation_id=self._organisation, **values)
                )
        except IntegrityError as error:
            raise _name_taken(mapping) from error

    async def get(self, mapping_id: MappingId) -> SavedMapping:
        """Return the mapping, locked."""
        found = await self._connection.execute(
            select(*_MAPPING)
            .where(import_mappings.c.organisation_id == self._organisation, import_mappings.c.id == mapping_id)
            .with_for_update()
        )
        row = found.first()
        if row is None:
            raise NotFound("import mapping", mapping_id)
        return mapping_of(read(row, MappingData), self._organisation)

    async def all(self) -> Sequence[SavedMapping]:
        """Return all of them, oldest first."""
        found = await self._connection.execute(
            select(*_MAPPING)
            .where(import_mappings.c.organisation_id == self._organisation)
            .order_by(import_mappings.c.id)
        )
        return [mapping_of(read(row, MappingData), self._organisation) for row in found]

    async def save(self, mapping: SavedMapping, expected: int) -> None:
        """Store a changed mapping over the expected version."""
        values = _values(mapping_data(mapping))
        try:
            async with self._connection.begin_nested():
                saved = await self._connection.execute(
                    update(import_mappings).where(*self._at(mapping.id, expected)).values(values)
                )
        except IntegrityError as error:
            raise _name_taken(mapping) from error
        if saved.rowcount == 0:
            raise VersionConflict("import mapping", expected=expected)

    async def remove(self, mapping_id: MappingId, expected: int) -> None:
        """Forget the mapping at the expected version."""
        current = await self.get(mapping_id)
        if current.version != expected:
            raise VersionConflict("import mapping", expected=expected, actual=current.version)
        await self._connection.execute(delete(import_mappings).where(*self._at(mapping_id, expected)))

    def _at(self, mapping_id: MappingId, version: int) -> tuple[ColumnElement[bool], ...]:
        table = import_mappings.c
        return (table.organisation_id == self._organisation, table.id == mapping_id, table.version == version)


def read(row: Iterable[object], kind: type[RowT]) -> RowT:
    """Return a database row as the struct that has its columns in order."""
    return msgspec.convert(dict(zip(names(kind), row, strict=True)), kind)


def _values(row: Struct) -> Mapping[str, object]:
    """Return the struct's members as column values; what is JSON in the table becomes plain."""
    return {
        name: msgspec.to_builtins(value, str_keys=True) if is_dataclass(value) or isinstance(value, dict) else value
        for name in names(type(row))
        for value in (getattr(row, name),)
    }


def _name_taken(mapping: SavedMapping) -> Conflict:
    return Conflict(f"There is a mapping named {mapping.name!r} already; give this one another name.", field="name")

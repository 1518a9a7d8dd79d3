"""The rows of the imports' tables as structs, member for column, and what they mean in the domain."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from adapters.ledger.imports.entries import EntryData, entry_data
from domain.ledger.imports.identity import EntryKind, kind_of, time_of
from domain.ledger.imports.judging import JudgedRow
from domain.ledger.imports.layout import Layout, Place
from domain.ledger.imports.mapping import ColumnMapping, MappingId, SavedMapping
from domain.ledger.imports.tradebook_import import Import, Reading, SourceFile, State
from domain.ledger.imports.verdict import Counts, Verdict
from domain.shared.ids import AccountId, ImportId, OrganisationId


class JudgedData(Struct, frozen=True):
    """A row of `import_rows` as it is first written."""

    id: UUID
    import_id: UUID
    line: int
    part: int
    verdict: str
    kind: EntryKind | None
    entry: EntryData | None
    occurred_at: datetime | None
    sequence: int | None
    file_key: str | None
    account_key: str | None
    content_hash: str | None
    problem_column: str | None
    problem_reason: str | None
    duplicate_record_id: UUID | None
    duplicate_import_id: UUID | None
    duplicate_line: int | None


class SettledData(Struct, frozen=True):
    """What changes in a row of `import_rows` when it is settled."""

    id: UUID
    verdict: str
    record_id: UUID | None
    duplicate_record_id: UUID | None
    duplicate_import_id: UUID | None
    problem_column: str | None
    problem_reason: str | None


class ImportData(Struct, frozen=True):
    """A row of `imports`."""

    id: UUID
    account_id: UUID
    state: State
    file_name: str | None
    file_size: int
    file_sha256: str
    content_size: int
    layout: Layout | None
    format: str | None
    mapping_id: UUID | None
    mapping: ColumnMapping | None
    place: Place
    counts: dict[Verdict, int]
    failure: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class MappingData(Struct, frozen=True):
    """A row of `import_mappings`."""

    id: UUID
    name: str
    mapping: ColumnMapping
    version: int
    created_at: datetime
    updated_at: datetime


def judged_data(id_: UUID, item: Import, row: JudgedRow) -> JudgedData:
    """Return a judged row as it is stored; rows of one time without a number keep the order of their lines."""
    entry, problem, known = row.entry, row.problem, row.known
    return JudgedData(
        id=id_,
        import_id=item.id,
        line=row.line,
        part=row.part,
        verdict=row.verdict.value,
        kind=None if entry is None else kind_of(entry),
        entry=None if entry is None else entry_data(entry),
        occurred_at=None if entry is None else time_of(entry),
        sequence=None if entry is None else row.line if entry.sequence is None else entry.sequence,
        file_key=None if row.source_key is None else whole_key(item.id, row.source_key),
        account_key=None if row.source_key is None else whole_key(item.account_id, row.source_key),
        content_hash=row.content_hash,
        problem_column=None if problem is None else problem.column,
        problem_reason=None if problem is None else problem.reason,
        duplicate_record_id=None if known is None else known.record_id,
        duplicate_import_id=None if known is None else known.import_id,
        duplicate_line=row.first_line,
    )


def whole_key(owner: UUID, source_key: str) -> str:
    """Return the one text under which a row is found for its file or for its account."""
    return f"{owner}|{source_key}"


def source_key_of(key: str) -> str:
    """Return the source key within a whole key."""
    return key.partition("|")[2]


def import_data(item: Import) -> ImportData:
    """Return the import as it is stored."""
    reading = item.reading
    return ImportData(
        id=item.id,
        account_id=item.account_id,
        state=item.state,
        file_name=item.file.name,
        file_size=item.file.size,
        file_sha256=item.file.sha256,
        content_size=item.content_size,
        layout=item.layout,
        format=None if reading is None else reading.format,
        mapping_id=None if reading is None else reading.mapping_id,
        mapping=None if reading is None else reading.mapping,
        place=item.place,
        counts=dict(item.counts.by_verdict),
        failure=item.failure,
        version=item.version,
        created_at=item.created_at,
        updated_at=item.updated_at,
    )


def import_of(row: ImportData, organisation_id: OrganisationId) -> Import:
    """Return the import that a row holds."""
    reading = None
    if row.format is not None and row.layout is not None:
        mapping_id = None if row.mapping_id is None else MappingId(row.mapping_id)
        reading = Reading(row.format, row.layout, row.mapping, mapping_id)
    return Import(
        id=ImportId(row.id),
        organisation_id=organisation_id,
        account_id=AccountId(row.account_id),
        file=SourceFile(row.file_name, row.file_size, row.file_sha256),
        content_size=row.content_size,
        layout=row.layout,
        state=row.state,
        reading=reading,
        place=row.place,
        counts=Counts(row.counts),
        failure=row.failure,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def mapping_data(saved: SavedMapping) -> MappingData:
    """Return the mapping as it is stored."""
    return MappingData(
        id=saved.id,
        name=saved.name,
        mapping=saved.mapping,
        version=saved.version,
        created_at=saved.created_at,
        updated_at=saved.updated_at,
    )


def mapping_of(row: MappingData, organisation_id: OrganisationId) -> SavedMapping:
    """Return the mapping that a row holds."""
    return SavedMapping(
        id=MappingId(row.id),
        organisation_id=organisation_id,
        name=row.name,
        mapping=row.mapping,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )

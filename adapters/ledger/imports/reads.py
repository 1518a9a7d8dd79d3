"""What imports look like to their readers: views straight from the tables."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import TypeVar, final
from uuid import UUID

from sqlalchemy import Select, Text, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.ledger.bulk import columns
from adapters.ledger.imports.entries import entry_of
from adapters.ledger.imports.rows import ImportData, MappingData, mapping_of
from adapters.ledger.imports.stores import read as read_row
from adapters.ledger.imports.tables import import_mappings, import_rows, imports
from adapters.platform.database.transaction import Tenant, read
from adapters.platform.outbox_table import outbox
from application.ledger.imports.queries import ImportQueries, ImportRowView, ImportView
from application.shared.pages import Page, PageRequest
from domain.ledger.imports.identity import EntryKind
from domain.ledger.imports.mapping import MappingId, SavedMapping
from domain.ledger.imports.tradebook_import import SourceFile
from domain.ledger.imports.verdict import RowProblem, Verdict
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid, NotFound
from domain.shared.ids import AccountId, EventId, ImportId

ViewT = TypeVar("ViewT")

# both fit their columns
_LINE_AND_PART = re.compile(rb"([0-9]{1,9})\.([0-9]{1,9})")
_IMPORT = columns(imports, ImportData)
_JOB = (
    select(outbox.c.id)
    .where(outbox.c.organisation_id == imports.c.organisation_id, outbox.c.subject_id == imports.c.id)
    .order_by(outbox.c.id.desc())
    .limit(1)
    .scalar_subquery()
    .label("job_id")
)
_MAPPING = columns(import_mappings, MappingData)


@final
class SqlImportQueries(ImportQueries):
    """Reads imports in transactions of one snapshot each."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def imports(self, actor: Actor, account_id: AccountId | None, page: PageRequest) -> Page[ImportView]:
        """Return imports, newest first: ids are UUIDv7, so their order is that of time."""
        actor.require(Scope.LEDGER_READ)
        statement = (
            select(_JOB, *_IMPORT)
            .where(imports.c.organisation_id == actor.organisation_id)
            .order_by(imports.c.id.desc())
            .limit(page.limit + 1)
        )
        if account_id is not None:
            statement = statement.where(imports.c.account_id == account_id)
        if page.cursor is not None:
            statement = statement.where(imports.c.id < _decode_id(page.cursor))
        async with read(self._engine, Tenant(actor.organisation_id)) as connection:
            views = [_import_view(row) for row in await connection.execute(statement)]
        return _page(views, page, lambda view: view.id.bytes)

    async def one(self, actor: Actor, import_id: ImportId) -> ImportView:
        """Return one import."""
        actor.require(Scope.LEDGER_READ)
        async with read(self._engine, Tenant(actor.organisation_id)) as connection:
            found = await connection.execute(
                select(_JOB, *_IMPORT).where(
                    imports.c.organisation_id == actor.organisation_id, imports.c.id == import_id
                )
            )
            row = found.first()
        if row is None:
            raise NotFound("import", import_id)
        return _import_view(row)

    async def rows(
        self, actor: Actor, import_id: ImportId, verdict: Verdict | None, page: PageRequest
    ) -> Page[ImportRowView]:
        """Return rows in the order of their lines."""
        actor.require(Scope.LEDGER_READ)
        table = import_rows.c
        statement = (
            select(
                table.line,
                table.part,
                table.verdict,
                table.kind,
                table.entry.cast(Text).label("entry"),
                table.problem_column,
                table.problem_reason,
                table.record_id,
                table.duplicate_record_id,
                table.duplicate_import_id,
                table.duplicate_line,
            )
            .where(table.organisation_id == actor.organisation_id, table.import_id == import_id)
            .order_by(table.line, table.part)
            .limit(page.limit + 1)
        )
        if verdict is not None:
            statement = statement.where(table.verdict == verdict.value)
        if page.cursor is not None:
            statement = statement.where(tuple_(table.line, table.part) > tuple_(*_decode_line(page.cursor)))
        async with read(self._engine, Tenant(actor.organisation_id)) as connection:
            await _must_exist(connection, actor, import_id)
            found = (await connection.execute(statement)).all()
        views = [
            ImportRowView(
                line=row.line,
                part=row.part,
                verdict=Verdict(row.verdict),
                entry=None if row.entry is None else entry_of(EntryKind(row.kind), row.entry),
                problem=None if row.problem_reason is None else RowProblem(row.problem_column, row.problem_reason),
                record_id=row.record_id,
                duplicate_record_id=row.duplicate_record_id,
                duplicate_import_id=None if row.duplicate_import_id is None else ImportId(row.duplicate_import_id),
                duplicate_line=row.duplicate_line,
            )
            for row in found
        ]
        return _page(views, page, lambda view: f"{view.line}.{view.part}".encode())

    async def mappings(self, actor: Actor, page: PageRequest) -> Page[SavedMapping]:
        """Return saved mappings, oldest first."""
        actor.require(Scope.LEDGER_READ)
        statement = _mappings(actor).order_by(import_mappings.c.id).limit(page.limit + 1)
        if page.cursor is not None:
            statement = statement.where(import_mappings.c.id > _decode_id(page.cursor))
        async with read(self._engine, Tenant(actor.organisation_id)) as connection:
            found = [
                mapping_of(read_row(row, MappingData), actor.organisation_id)
                for row in await connection.execute(statement)
            ]
        return _page(found, page, lambda saved: saved.id.bytes)

    async def mapping(self, actor: Actor, mapping_id: MappingId) -> SavedMapping:
        """Return one mapping."""
        actor.require(Scope.LEDGER_READ)
        async with read(self._engine, Tenant(actor.organisation_id)) as connection:
            row = (await connection.execute(_mappings(actor).where(import_mappings.c.id == mapping_id))).first()
        if row is None:
            raise NotFound("import mapping", mapping_id)
        return mapping_of(read_row(row, MappingData), actor.organisation_id)


def _mappings(actor: Actor) -> Select[*tuple[object, ...]]:
    return select(*_MAPPING).where(import_mappings.c.organisation_id == actor.organisation_id)


async def _must_exist(connection: AsyncConnection, actor: Actor, import_id: ImportId) -> None:
    found = await connection.execute(
        select(imports.c.id).where(imports.c.organisation_id == actor.organisation_id, imports.c.id == import_id)
    )
    if found.first() is None:
        raise NotFound("import", import_id)


def _import_view(found: Sequence[object]) -> ImportView:
    job_id, *values = found
    row = read_row(values, ImportData)
    return ImportView(
        id=ImportId(row.id),
        account_id=AccountId(row.account_id),
        state=row.state,
        file=SourceFile(row.file_name, row.file_size, row.file_sha256),
        format=row.format,
        mapping_id=None if row.mapping_id is None else MappingId(row.mapping_id),
        layout=row.layout,
        bytes_read=row.place.offset,
        content_size=row.content_size,
        counts=row.counts,
        failure=row.failure,
        job_id=EventId(job_id) if isinstance(job_id, UUID) else None,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _page(rows: Sequence[ViewT], page: PageRequest, place: Callable[[ViewT], bytes]) -> Page[ViewT]:
    shown = rows[: page.limit]
    is_last = len(rows) <= page.limit
    return Page(shown, None if is_last else base64.urlsafe_b64encode(place(shown[-1])).rstrip(b"=").decode())


def _decode(cursor: str) -> bytes:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad_cursor() from error


def _decode_id(cursor: str) -> UUID:
    try:
        return UUID(bytes=_decode(cursor))
    except ValueError as error:
        raise _bad_cursor() from error


def _decode_line(cursor: str) -> tuple[int, int]:
    match = _LINE_AND_PART.fullmatch(_decode(cursor))
    if match is None:
        raise _bad_cursor()
    return int(match[1]), int(match[2])


def _bad_cursor() -> Invalid:
    return Invalid("cursor is not the nextCursor of an earlier page.", field="cursor")

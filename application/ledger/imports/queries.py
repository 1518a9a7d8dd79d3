"""What can be asked about imports; views come straight from the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.shared.pages import Page, PageRequest
from domain.ledger.imports.entry import Entry
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.mapping import MappingId, SavedMapping
from domain.ledger.imports.tradebook_import import SourceFile, State
from domain.ledger.imports.verdict import RowProblem, Verdict
from domain.shared.access import Actor
from domain.shared.ids import AccountId, EventId, ImportId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """An import as it stands; `bytes_read` of `content_size` says how far its file has been read.

    `job_id` is the latest work in the background that was asked for.
    """

    id: ImportId
    account_id: AccountId
    state: State
    file: SourceFile
    format: str | None
    mapping_id: MappingId | None
    layout: Layout | None
    bytes_read: int
    content_size: int
    counts: Mapping[Verdict, int]
    failure: str | None
    job_id: EventId | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRowView:
    """A row with its verdict: the entry it holds, the record it made of it, or what stands against it.

    An ignored row says in `problem` why it makes no entry.
    """

    line: int
    part: int
    verdict: Verdict
    entry: Entry | None
    problem: RowProblem | None
    record_id: UUID | None
    duplicate_record_id: UUID | None
    duplicate_import_id: ImportId | None
    duplicate_line: int | None


class ImportQueries(Protocol):
    """Reads imports of the actor's organisation; each raises Forbidden without ledger:read."""

    async def imports(self, actor: Actor, account_id: AccountId | None, page: PageRequest) -> Page[ImportView]:
        """Return imports, newest first."""
        ...

    async def one(self, actor: Actor, import_id: ImportId) -> ImportView:
        """Return one import or raise NotFound."""
        ...

    async def rows(
        self, actor: Actor, import_id: ImportId, verdict: Verdict | None, page: PageRequest
    ) -> Page[ImportRowView]:
        """Return the rows of an import in the order of the file; raise NotFound if there is no such import."""
        ...

    async def mappings(self, actor: Actor, page: PageRequest) -> Page[SavedMapping]:
        """Return the saved mappings, oldest first."""
        ...

    async def mapping(self, actor: Actor, mapping_id: MappingId) -> SavedMapping:
        """Return one mapping or raise NotFound."""
        ...

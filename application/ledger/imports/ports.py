"""What imports need from outside: stores on one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.ledger.ports import AccountStore
from application.shared.ports import UnitOfWork
from domain.ledger.imports.entry import Entry
from domain.ledger.imports.fill import Fill, Holding
from domain.ledger.imports.judging import FirstRow, JudgedRow, Known
from domain.ledger.imports.mapping import MappingId, SavedMapping
from domain.ledger.imports.tradebook_import import Import
from domain.ledger.imports.verdict import RowProblem, Verdict
from domain.shared.ids import AccountId, CashMovementId, ImportId, OrganisationId, TradeId
from domain.shared.instrument import InstrumentKey


class ImportStore(Protocol):
    """The organisation's imports."""

    async def add(self, item: Import) -> None:
        """Store a new import."""
        ...

    async def hold(self, import_id: ImportId) -> Import:
        """Return the import and lock it until the transaction ends; raise NotFound if there is none."""
        ...

    async def save(self, item: Import) -> None:
        """Store a changed import; raise VersionConflict unless the stored version is the one before."""
        ...


class ImportFileStore(Protocol):
    """The contents of files, in chunks."""

    async def add(self, import_id: ImportId, content: AsyncIterator[bytes]) -> None:
        """Store the content; never holds more than a chunk of it."""
        ...

    async def read(self, import_id: ImportId, offset: int, length: int) -> bytes:
        """Return the bytes from the offset, fewer at the end of the file."""
        ...

    async def remove(self, import_id: ImportId) -> None:
        """Forget the content."""
        ...


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A row whose entry is to be recorded."""

    id: UUID
    line: int
    entry: Entry
    source_key: str


@dataclass(frozen=True, slots=True)
class SettledRow:
    """What became of a row that was ready: the record it made (a trade, a movement...), or why it made none."""

    id: UUID
    verdict: Verdict
    record_id: UUID | None = None
    known: Known | None = None
    problem: RowProblem | None = None


class ImportRowStore(Protocol):
    """The rows of imports with their verdicts."""

    async def add(self, item: Import, rows: Sequence[JudgedRow]) -> None:
        """Store rows as they were judged."""
        ...

    async def next_ready(self, import_id: ImportId, limit: int) -> Sequence[ReadyRow]:
        """Return the ready rows whose entries happened first: fills, then cash, then all else.

        Never are two of these together.
        """
        ...

    async def settle(self, rows: Sequence[SettledRow]) -> None:
        """Store what became of rows."""
        ...

    async def first_imported_at(self, import_id: ImportId) -> datetime | None:
        """Return when the earliest happened of what the import recorded and did not undo."""
        ...

    async def mark_undone(self, import_id: ImportId) -> int:
        """Mark the rows whose records were voided with released keys, and return how many were not marked before."""
        ...

    async def remove(self, import_id: ImportId) -> None:
        """Forget all rows of the import."""
        ...


class KnownEntries(Protocol):
    """What an account and a file already hold, so that no entry is counted twice."""

    async def ordinals(self, import_id: ImportId, hashes: Iterable[str]) -> Mapping[str, int]:
        """Return how many earlier rows of the file have each content hash and no name of their own."""
        ...

    async def first_rows(self, import_id: ImportId, source_keys: Iterable[str]) -> Mapping[str, FirstRow]:
        """Return the first rows of the file that have these source keys."""
        ...

    async def recorded(self, account_id: AccountId, source_keys: Iterable[str]) -> Mapping[str, Known]:
        """Return what imports into the account recorded under these source keys, void records included."""
        ...

    async def own(self, account_id: AccountId, trade_ids: Iterable[TradeId]) -> Mapping[TradeId, Known]:
        """Return those that are trades of the account, void ones included unless the undoing of an import did that."""
        ...

    async def own_cash(
        self, account_id: AccountId, movement_ids: Iterable[CashMovementId]
    ) -> Mapping[CashMovementId, Known]:
        """Return those that are movements of the account's cash, likewise."""
        ...

    async def repeated(self, import_id: ImportId, source_keys: Iterable[str]) -> Mapping[str, UUID]:
        """Return the records that rows of the file with these source keys were found to repeat."""
        ...

    async def exported_from(self, import_id: ImportId) -> AccountId | None:
        """Return the account whose trades the first entry of the file comes from, if it is an export's."""
        ...

    async def told_before(self, account_id: AccountId, fills: Mapping[str, Fill]) -> Mapping[str, Known]:
        """Return the trades that are the same fills of the broker under another source key, or under none."""
        ...

    async def held_under(self, account_id: AccountId, symbols: Iterable[str]) -> Sequence[InstrumentKey]:
        """Return the instruments with these symbols that the account has a position in, also one that is closed."""
        ...

    async def listings(self, isins: Iterable[str]) -> Mapping[Holding, InstrumentKey]:
        """Return the instrument that the organisation knew first of those in which each holding is traded."""
        ...


class MappingStore(Protocol):
    """The organisation's saved column mappings."""

    async def add(self, mapping: SavedMapping) -> None:
        """Store a new mapping; raise Conflict if its name is taken."""
        ...

    async def get(self, mapping_id: MappingId) -> SavedMapping:
        """Return the mapping or raise NotFound."""
        ...

    async def all(self) -> Sequence[SavedMapping]:
        """Return all of them."""
        ...

    async def save(self, mapping: SavedMapping, expected: int) -> None:
        """Store a changed mapping; raise VersionConflict unless the stored version is `expected`."""
        ...

    async def remove(self, mapping_id: MappingId, expected: int) -> None:
        """Forget the mapping; raise NotFound, or VersionConflict unless the stored version is `expected`."""
        ...


class ImportUnitOfWork(UnitOfWork, Protocol):
    """One transaction on the imports of one organisation."""

    @property
    def accounts(self) -> AccountStore:
        """Accounts."""
        ...

    @property
    def imports(self) -> ImportStore:
        """Imports."""
        ...

    @property
    def files(self) -> ImportFileStore:
        """Contents of files."""
        ...

    @property
    def rows(self) -> ImportRowStore:
        """Rows."""
        ...

    @property
    def known(self) -> KnownEntries:
        """What is already known."""
        ...

    @property
    def mappings(self) -> MappingStore:
        """Saved column mappings."""
        ...


class ImportUnits(Protocol):
    """Makes units of work."""

    def __call__(self, organisation_id: OrganisationId, /) -> ImportUnitOfWork:
        """Return a unit of work for the organisation."""
        ...

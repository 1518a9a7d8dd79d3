"""The imports' unit of work on PostgreSQL."""

from __future__ import annotations

from typing import NamedTuple, final

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.ledger.imports.row_store import SqlImportRowStore, SqlKnownFills
from adapters.ledger.imports.stores import SqlImportFileStore, SqlImportStore, SqlMappingStore
from adapters.ledger.stores import SqlAccountStore
from adapters.platform.database.transaction import Tenant
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from application.ledger.imports.ports import (
    ImportFileStore,
    ImportRowStore,
    ImportStore,
    ImportUnitOfWork,
    ImportUnits,
    KnownFills,
    MappingStore,
)
from application.ledger.ports import AccountStore
from application.shared.ports import IdFactory
from domain.shared.ids import OrganisationId


class _Stores(NamedTuple):
    accounts: SqlAccountStore
    imports: SqlImportStore
    files: SqlImportFileStore
    rows: SqlImportRowStore
    fills: SqlKnownFills
    mappings: SqlMappingStore


@final
class SqlImportUnitOfWork(SqlUnitOfWork, ImportUnitOfWork):
    """One transaction on one organisation's imports."""

    def __init__(self, engine: AsyncEngine, organisation_id: OrganisationId, ids: IdFactory) -> None:
        super().__init__(engine, Tenant(organisation_id), ids)
        self._organisation = organisation_id
        self._stores: _Stores | None = None

    def bind(self, connection: AsyncConnection) -> None:
        """Build the stores on the block's connection."""
        self._stores = _Stores(
            SqlAccountStore(connection, self._organisation),
            SqlImportStore(connection, self._organisation),
            SqlImportFileStore(connection, self._organisation),
            SqlImportRowStore(connection, self._organisation, self._ids),
            SqlKnownFills(connection, self._organisation),
            SqlMappingStore(connection, self._organisation),
        )

    @property
    def accounts(self) -> AccountStore:
        """Accounts."""
        return self._bound().accounts

    @property
    def imports(self) -> ImportStore:
        """Imports."""
        return self._bound().imports

    @property
    def files(self) -> ImportFileStore:
        """Contents of files."""
        return self._bound().files

    @property
    def rows(self) -> ImportRowStore:
        """Rows."""
        return self._bound().rows

    @property
    def fills(self) -> KnownFills:
        """What is already known."""
        return self._bound().fills

    @property
    def mappings(self) -> MappingStore:
        """Saved column mappings."""
        return self._bound().mappings

    def _bound(self) -> _Stores:
        if self._stores is None:
            raise RuntimeError("A unit of work is used inside its `async with` block.")
        return self._stores


@final
class SqlImportUnits(ImportUnits):
    """Opens units of work on one engine."""

    def __init__(self, engine: AsyncEngine, ids: IdFactory) -> None:
        self._engine = engine
        self._ids = ids

    def __call__(self, organisation_id: OrganisationId, /) -> ImportUnitOfWork:
        """Return a unit of work for the organisation."""
        return SqlImportUnitOfWork(self._engine, organisation_id, self._ids)

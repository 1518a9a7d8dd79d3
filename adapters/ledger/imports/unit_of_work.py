"""The imports' unit of work on PostgreSQL."""

from __future__ import annotations

from typing import final

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.imports.row_store import SqlImportRowStore, SqlKnownEntries
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
    KnownEntries,
    MappingStore,
)
from application.ledger.ports import AccountStore
from application.shared.ports import IdFactory
from domain.shared.ids import OrganisationId


@final
class SqlImportUnitOfWork(SqlUnitOfWork, ImportUnitOfWork):
    """One transaction on one organisation's imports."""

    def __init__(self, engine: AsyncEngine, organisation_id: OrganisationId, ids: IdFactory) -> None:
        super().__init__(engine, Tenant(organisation_id), ids)
        self._organisation = organisation_id

    @property
    def accounts(self) -> AccountStore:
        """Accounts."""
        return SqlAccountStore(self.connection, self._organisation)

    @property
    def imports(self) -> ImportStore:
        """Imports."""
        return SqlImportStore(self.connection, self._organisation)

    @property
    def files(self) -> ImportFileStore:
        """Contents of files."""
        return SqlImportFileStore(self.connection, self._organisation)

    @property
    def rows(self) -> ImportRowStore:
        """Rows."""
        return SqlImportRowStore(self.connection, self._organisation, self._ids)

    @property
    def known(self) -> KnownEntries:
        """What is already known."""
        return SqlKnownEntries(self.connection, self._organisation)

    @property
    def mappings(self) -> MappingStore:
        """Saved column mappings."""
        return SqlMappingStore(self.connection, self._organisation)


@final
class SqlImportUnits(ImportUnits):
    """Opens units of work on one engine."""

    def __init__(self, engine: AsyncEngine, ids: IdFactory) -> None:
        self._engine = engine
        self._ids = ids

    def __call__(self, organisation_id: OrganisationId, /) -> ImportUnitOfWork:
        """Return a unit of work for the organisation."""
        return SqlImportUnitOfWork(self._engine, organisation_id, self._ids)

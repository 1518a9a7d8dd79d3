"""Identity's unit of work on PostgreSQL."""

from __future__ import annotations

from typing import final

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.identity.stores import SqlSessionStore, SqlUserStore
from adapters.platform.database.transaction import Tenant
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from application.identity.ports import IdentityUnitOfWork, IdentityUnits, SessionStore, UserStore
from application.shared.ports import IdFactory
from domain.shared.ids import OrganisationId


@final
class SqlIdentityUnitOfWork(SqlUnitOfWork, IdentityUnitOfWork):
    """One transaction on one organisation's people and sessions."""

    def __init__(self, engine: AsyncEngine, organisation_id: OrganisationId, ids: IdFactory) -> None:
        super().__init__(engine, Tenant(organisation_id), ids)
        self._organisation_id = organisation_id

    @property
    def users(self) -> UserStore:
        """The organisation's users."""
        return SqlUserStore(self.connection, self._organisation_id)

    @property
    def sessions(self) -> SessionStore:
        """The organisation's sessions."""
        return SqlSessionStore(self.connection, self._organisation_id)


@final
class SqlIdentityUnits(IdentityUnits):
    """Opens units of work on one engine."""

    def __init__(self, engine: AsyncEngine, ids: IdFactory) -> None:
        self._engine = engine
        self._ids = ids

    def __call__(self, organisation_id: OrganisationId, /) -> IdentityUnitOfWork:
        """Return a unit of work for the organisation."""
        return SqlIdentityUnitOfWork(self._engine, organisation_id, self._ids)

"""Units of work that ask for backfills."""

from __future__ import annotations

from typing import final

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from application.market_data.backfill.ports import BackfillUnits
from application.shared.ports import IdFactory, UnitOfWork
from domain.shared.ids import OrganisationId


@final
class SqlBackfillUnits(BackfillUnits):
    """Stores nothing but what is to be done."""

    def __init__(self, engine: AsyncEngine, ids: IdFactory) -> None:
        self._engine = engine
        self._ids = ids

    def __call__(self, organisation_id: OrganisationId) -> UnitOfWork:
        """Return one that joins the transaction under way."""
        return SqlUnitOfWork(self._engine, Tenant(organisation_id), self._ids)

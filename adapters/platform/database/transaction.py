"""Transactions that know their tenant, and the ambient one that a caller may hold open around a use case.

The idempotency layer and the worker open an ambient transaction around a use case, add a row of their own and
commit. A unit of work that starts inside joins it as a savepoint, so that the row and the effect are
durable together; without one around it, it is a transaction of its own. Reads inside see what the
transaction wrote, and need no second connection.

A block belongs to one task: tasks started inside must not use its connection at the same time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import final

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

from adapters.platform.database.failures import storing, translated
from adapters.platform.database.replica import Replicated
from domain.shared.ids import OrganisationId

_SET_TENANT = text(
    "SELECT set_config('app.organisation_id', :organisation, true), set_config('app.purpose', :purpose, true)"
)

_BEGIN_READING = sql.SQL(
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;SET LOCAL app.organisation_id = {}; SET LOCAL app.purpose = {}"
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose rows a transaction may reach: an organisation's, or what a named purpose opens."""

    organisation_id: OrganisationId | None = None
    purpose: str = ""


@final
class Transaction:
    """A transaction, or a savepoint of the one around it, that works for one tenant."""

    __slots__ = ("_outer", "_transaction", "connection", "tenant")

    def __init__(
        self, connection: AsyncConnection, transaction: AsyncTransaction, tenant: Tenant, outer: Transaction | None
    ) -> None:
        self.connection = connection
        self.tenant = tenant
        self._transaction = transaction
        self._outer = outer

    async def enter(self, tenant: Tenant) -> None:
        """Work for this tenant from here on."""
        await _set_tenant(self.connection, tenant)
        self.tenant = tenant

    async def commit(self) -> None:
        """Make the block's changes durable, or part of the transaction around it; the block does no more work."""
        if self._outer is not None:
            # a released savepoint keeps its settings, so the tenant around it is restored first
            await _set_tenant(self.connection, self._outer.tenant)
        with storing():
            await self._transaction.commit()

    async def abandon(self) -> None:
        """Undo what was not committed; undoing restores the settings of the transaction around it as well."""
        if self._transaction.is_active:
            await self._transaction.rollback()


_ambient: ContextVar[Transaction | None] = ContextVar("ambient_transaction", default=None)


def in_transaction() -> bool:
    """Tell whether somebody around this holds an ambient transaction open."""
    return _ambient.get() is not None


@asynccontextmanager
async def read(engine: AsyncEngine | Replicated, tenant: Tenant) -> AsyncIterator[AsyncConnection]:
    """Open a read-only transaction that sees one snapshot; inside an ambient one, read what that one sees.

    With a replica it may be there; what it sees then may be a little old.
    """
    outer = _ambient.get()
    if outer is not None:
        async with _savepoint(outer, tenant) as joined:
            yield joined.connection
        return
    chosen = engine if isinstance(engine, AsyncEngine) else await engine.choose()
    with translated():
        async with chosen.connect() as connection:
            await _begin_reading(connection, tenant)
            yield connection
            # nothing was written, and a rollback would make the driver throw away the statements it has prepared
            await connection.commit()


@asynccontextmanager
async def ambient(engine: AsyncEngine, tenant: Tenant) -> AsyncIterator[Transaction]:
    """Open a transaction of its own that units of work inside the block join. Without `commit` all is undone."""
    with translated():
        async with engine.connect() as connection, _transaction(connection, tenant) as own:
            token = _ambient.set(own)
            try:
                yield own
            finally:
                _ambient.reset(token)


@asynccontextmanager
async def begin(engine: AsyncEngine, tenant: Tenant) -> AsyncIterator[Transaction]:
    """Begin a transaction for the tenant, or a savepoint of the ambient one. Without `commit` it is undone."""
    outer = _ambient.get()
    if outer is None:
        with translated():
            async with engine.connect() as connection, _transaction(connection, tenant) as own:
                yield own
        return
    async with _savepoint(outer, tenant) as joined:
        token = _ambient.set(joined)
        try:
            yield joined
        finally:
            _ambient.reset(token)


async def _begin_reading(connection: AsyncConnection, tenant: Tenant) -> None:
    """Begin one snapshot for the tenant in a single round trip, which is all that a read has to wait for before it.

    Left to itself the driver would take one to begin, and another to say for whom.
    """
    await connection.execution_options(isolation_level="AUTOCOMMIT")
    driver = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, psycopg.AsyncConnection):
        raise TypeError("PostgreSQL is spoken to with psycopg")
    organisation = "" if tenant.organisation_id is None else str(tenant.organisation_id)
    try:
        # several statements cannot be prepared
        await driver.execute(_BEGIN_READING.format(organisation, tenant.purpose), prepare=False)
    except psycopg.OperationalError:
        await connection.invalidate()
        raise


@asynccontextmanager
async def _transaction(connection: AsyncConnection, tenant: Tenant) -> AsyncIterator[Transaction]:
    async with connection.begin() as transaction:
        await _set_tenant(connection, tenant)
        own = Transaction(connection, transaction, tenant, None)
        yield own
        await own.abandon()


@asynccontextmanager
async def _savepoint(outer: Transaction, tenant: Tenant) -> AsyncIterator[Transaction]:
    # translated here too: whoever holds the transaction around it may answer before it ends
    with translated():
        async with outer.connection.begin_nested() as savepoint:
            await _set_tenant(outer.connection, tenant)
            joined = Transaction(outer.connection, savepoint, tenant, outer)
            yield joined
            await joined.abandon()


async def _set_tenant(connection: AsyncConnection, tenant: Tenant) -> None:
    organisation = "" if tenant.organisation_id is None else str(tenant.organisation_id)
    await connection.execute(_SET_TENANT, {"organisation": organisation, "purpose": tenant.purpose})

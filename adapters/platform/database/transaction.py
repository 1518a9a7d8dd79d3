"""Transactions that know their tenant, and the ambient one that a caller may hold open around a use case.

The idempotency layer and the worker open a `Transaction` around a use case, add a row of their own and
commit. A unit of work that starts inside joins it as a savepoint, so that the row and the effect are
durable together; without one around it, it is a transaction of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.shared.ids import OrganisationId

_ambient: ContextVar[AsyncConnection | None] = ContextVar("ambient_transaction", default=None)
_SET_TENANT = text(
    "SELECT set_config('app.organisation_id', :organisation, true), set_config('app.purpose', :purpose, true)"
)


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose rows a transaction may reach: an organisation's, or what a named purpose opens."""

    organisation_id: OrganisationId | None = None
    purpose: str = ""


async def _enter_tenant(connection: AsyncConnection, tenant: Tenant) -> None:
    organisation = "" if tenant.organisation_id is None else str(tenant.organisation_id)
    await connection.execute(_SET_TENANT, {"organisation": organisation, "purpose": tenant.purpose})


@asynccontextmanager
async def read(engine: AsyncEngine, tenant: Tenant) -> AsyncIterator[AsyncConnection]:
    """Open a read-only transaction for the tenant; it sees one snapshot throughout."""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with connection.begin():
            await _enter_tenant(connection, tenant)
            yield connection


@asynccontextmanager
async def ambient(engine: AsyncEngine, tenant: Tenant) -> AsyncIterator[AsyncConnection]:
    """Open a transaction that units of work inside the block join. The caller commits; else it is undone."""
    async with engine.connect() as connection, connection.begin() as transaction:
        await _enter_tenant(connection, tenant)
        token = _ambient.set(connection)
        try:
            yield connection
        finally:
            _ambient.reset(token)
        if transaction.is_active:
            await transaction.rollback()


@asynccontextmanager
async def begin(engine: AsyncEngine, tenant: Tenant) -> AsyncIterator[AsyncConnection]:
    """Begin a transaction for the tenant, or a savepoint of the ambient one; the caller commits."""
    outer = _ambient.get()
    if outer is None:
        async with engine.connect() as connection:
            await connection.begin()
            await _enter_tenant(connection, tenant)
            yield connection
        return
    await outer.begin_nested()
    await _enter_tenant(outer, tenant)
    yield outer

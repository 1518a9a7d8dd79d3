"""Reads of one statement, in one round trip: whose rows it may reach travels with it, and the driver gives the rows.

A statement that is alone is a snapshot by itself, so nothing has to be begun before it or ended after it: two messages
go out together and are one transaction. SQLAlchemy would take three round trips, and look at every column of every
answer as if it had never seen the statement before.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias, cast
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ManagesConnection
from sqlalchemy.util.concurrency import greenlet_spawn

from adapters.platform.database.failures import translated
from adapters.platform.database.ready_pool import ReadyPool
from adapters.platform.database.replica import Replicated
from adapters.platform.database.transaction import Tenant, in_transaction, read

# rows are read by position into structs of the caller's choice: their types are not known here
Rows: TypeAlias = Sequence[Sequence[Any]]
# told of a statement it returns what is told of its end, with the error if there is one; None if it does not care
Observer: TypeAlias = Callable[[str], Callable[[BaseException | None], None] | None]

# whoever is told `SET LOCAL` outside of a block forgets it at the end of these messages
_FOR: Final = (
    "SELECT set_config('app.organisation_id', %s, true), set_config('app.purpose', %s, true),"
    " set_config('transaction_read_only', 'on', true)"
)
# as SQLAlchemy tells placeholders from casts and times
_PLACEHOLDER: Final = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
_observers: Final[WeakKeyDictionary[Engine, Observer]] = WeakKeyDictionary()


def observe_single_reads(engine: Engine, begin: Observer) -> None:
    """Let `begin` be told of each statement that is read by itself."""
    _observers[engine] = begin


async def read_single(
    engine: AsyncEngine | Replicated, tenant: Tenant, statement: str, values: Mapping[str, object]
) -> Rows:
    """Return all rows of a select whose placeholders are written `:name`.

    Inside an ambient transaction, and through a pooler, it is a statement like any other.
    """
    chosen = engine if isinstance(engine, AsyncEngine) else await engine.choose()
    if in_transaction() or chosen.get_execution_options().get("is_pooled", False):
        async with read(chosen, tenant) as connection:
            return (await connection.execute(text(statement), values)).all()
    observer = _observers.get(chosen.sync_engine)
    end = None if observer is None else observer(statement)
    try:
        with translated():
            rows = await _read(chosen, tenant, _written(statement), values)
    except BaseException as error:
        if end is not None:
            end(error)
        raise
    if end is not None:
        end(None)
    return rows


async def _read(engine: AsyncEngine, tenant: Tenant, statement: bytes, values: Mapping[str, object]) -> Rows:
    loan = await _borrow(engine)
    try:
        rows = await _ask(loan.driver, tenant, statement, values)
        await _give_back(loan)
    except psycopg.Error:
        # the statement may have been refused by a connection that is as good as before
        await asyncio.shield(_give_back(loan))
        raise
    except BaseException:
        # whatever was under way is of no use to anybody else
        await asyncio.shield(greenlet_spawn(loan.discard))
        raise
    return rows


@dataclass(frozen=True, slots=True)
class _Loan:
    """A connection of the pool's, and how it goes back there."""

    managed: ManagesConnection
    back: Callable[[], None]
    # SQLAlchemy waits inside of its calls, and for that needs a stack of their own
    may_wait: bool

    @property
    def driver(self) -> psycopg.AsyncConnection[TupleRow]:
        # every engine here is opened with psycopg
        return cast("psycopg.AsyncConnection[TupleRow]", self.managed.driver_connection)

    def discard(self) -> None:
        """Close it, and give its place in the pool to a new one."""
        try:
            self.managed.invalidate()
        finally:
            self.back()


async def _borrow(engine: AsyncEngine) -> _Loan:
    pool = engine.sync_engine.pool
    if isinstance(pool, ReadyPool):
        entry = pool.take_ready()
        if entry is not None:
            return _Loan(entry, partial(pool.put_back, entry), may_wait=False)
    lent = await engine.raw_connection()
    return _Loan(lent, lent.close, may_wait=True)


async def _ask(
    driver: psycopg.AsyncConnection[TupleRow], tenant: Tenant, statement: bytes, values: Mapping[str, object]
) -> Rows:
    organisation = "" if tenant.organisation_id is None else str(tenant.organisation_id)
    await driver.set_autocommit(True)
    cursor = driver.cursor()
    async with driver.pipeline():
        await driver.cursor().execute(_FOR, (organisation, tenant.purpose))
        await cursor.execute(statement, values)
    return await cursor.fetchall()


async def _give_back(loan: _Loan) -> None:
    driver = loan.driver
    if driver.info.transaction_status != TransactionStatus.IDLE:
        await greenlet_spawn(loan.discard)
        return
    await driver.set_autocommit(False)
    if loan.may_wait:
        await greenlet_spawn(loan.back)
    else:
        loan.back()


@lru_cache(maxsize=1_024)
def _written(statement: str) -> bytes:
    return _PLACEHOLDER.sub(r"%(\1)s", statement.replace("%", "%%")).encode()

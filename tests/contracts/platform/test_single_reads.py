"""A read of one statement is as guarded as any other, and its connection is good for the next, come what may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.platform.database.engine import open_engine
from adapters.platform.database.failures import DatabaseUnavailable
from adapters.platform.database.single import read_single
from adapters.platform.database.transaction import Tenant, ambient, begin
from adapters.platform.ids import Uuid7Factory
from adapters.platform.outbox_table import outbox
from adapters.platform.telemetry.database import observe_engine
from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.tracing import Tracing
from domain.shared.errors import Unavailable
from domain.shared.ids import OrganisationId

pytestmark = pytest.mark.anyio

NAMES = "SELECT name FROM outbox WHERE name <> :other ORDER BY id"
NOBODY = {"other": "nothing"}


@pytest.fixture(params=[False, True], ids=["alone", "as through a pooler"])
async def narrow(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[AsyncEngine]:
    """A pool of one connection: whatever a read leaves on it, the next one finds."""
    engine = open_engine(database_url, pool_size=1, statement_timeout_s=600, is_pooled=request.param)
    yield engine
    await engine.dispose()


async def _put(connection: AsyncConnection, owner: OrganisationId, name: str) -> None:
    id_ = Uuid7Factory().new()
    await connection.execute(insert(outbox).values(organisation_id=owner, id=id_, name=name, payload={}))


async def _owner(engine: AsyncEngine) -> OrganisationId:
    """Return an organisation with one row."""
    owner = OrganisationId(uuid4())
    async with begin(engine, Tenant(owner)) as block:
        await _put(block.connection, owner, "its own")
        await block.commit()
    return owner


async def _read(engine: AsyncEngine, owner: OrganisationId | None) -> list[object]:
    return [row[0] for row in await read_single(engine, Tenant(owner), NAMES, NOBODY)]


async def test_it_reaches_the_rows_of_its_organisation_and_of_no_other(narrow: AsyncEngine) -> None:
    one, other = await _owner(narrow), OrganisationId(uuid4())
    assert await _read(narrow, one) == ["its own"]
    assert await _read(narrow, other) == []
    assert await _read(narrow, None) == []


async def test_a_connection_carries_no_tenant_from_it_to_the_next(narrow: AsyncEngine) -> None:
    owner = await _owner(narrow)
    assert await _read(narrow, owner) == ["its own"]
    async with narrow.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == 0


async def test_it_cannot_write(narrow: AsyncEngine) -> None:
    owner = await _owner(narrow)
    with pytest.raises(Exception, match="read-only transaction"):
        await read_single(narrow, Tenant(owner), "UPDATE outbox SET name = 'changed' RETURNING name", {})
    assert await _read(narrow, owner) == ["its own"]


async def test_a_statement_that_is_wrong_leaves_its_connection_usable(narrow: AsyncEngine) -> None:
    owner = await _owner(narrow)
    for wrong in ("SELECT 1 / (length(:text) - 1)", "SELECT nonsense", "SELECT CAST(:text AS uuid)"):
        with pytest.raises(Exception, match=r"division by zero|nonsense|uuid"):
            await read_single(narrow, Tenant(owner), wrong, {"text": "a"})
        assert await _read(narrow, owner) == ["its own"]


async def test_whoever_gives_up_waiting_leaves_the_pool_usable(narrow: AsyncEngine) -> None:
    owner = await _owner(narrow)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await read_single(narrow, Tenant(owner), "SELECT pg_sleep(99)", {})
    assert await _read(narrow, owner) == ["its own"]


async def test_it_sees_what_the_transaction_around_it_wrote(narrow: AsyncEngine) -> None:
    owner = await _owner(narrow)
    async with ambient(narrow, Tenant(owner)) as outer:
        await _put(outer.connection, owner, "not yet there")
        assert await _read(narrow, owner) == ["its own", "not yet there"]
    assert await _read(narrow, owner) == ["its own"]


async def test_a_write_after_it_is_a_write_as_ever(narrow: AsyncEngine) -> None:
    owner = await _owner(narrow)
    assert await _read(narrow, owner) == ["its own"]
    async with begin(narrow, Tenant(owner)) as block:
        await _put(block.connection, owner, "undone")
    async with begin(narrow, Tenant(owner)) as block:
        await _put(block.connection, owner, "second")
        await block.commit()
    assert await _read(narrow, owner) == ["its own", "second"]


async def test_a_server_that_ends_the_session_is_away_once(narrow: AsyncEngine, database_url: str) -> None:
    owner = await _owner(narrow)
    reading = asyncio.create_task(read_single(narrow, Tenant(owner), "SELECT pg_sleep(99), 'ends'", {}))
    # whoever may connect as the URL's user may end its sessions
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as operator:
        async with asyncio.timeout(60):
            ended = 0
            while not ended:
                found = await operator.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(99), ''ends''%'"
                    " AND pid <> pg_backend_pid() AND state = 'active'"
                )
                ended = len(await found.fetchall())
                await asyncio.sleep(0)
    with pytest.raises(DatabaseUnavailable):
        await reading
    assert await _read(narrow, owner) == ["its own"]


async def test_a_session_that_ended_while_it_lay_idle_is_lent_to_nobody(narrow: AsyncEngine, database_url: str) -> None:
    """Whoever reads next has a new one, and notices nothing."""
    owner = await _owner(narrow)
    for _ in range(2):
        ((pid,),) = await read_single(narrow, Tenant(owner), "SELECT pg_backend_pid()", {})
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as operator:
            await operator.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
        assert await _read(narrow, owner) == ["its own"]


async def test_after_one_was_found_dead_no_older_session_is_lent(database_url: str) -> None:
    """As after a failover that nobody said goodbye at: what lies idle looks alive and is not."""
    engine, nobody = open_engine(database_url, pool_size=2), Tenant(OrganisationId(uuid4()))
    try:
        reads = (read_single(engine, nobody, "SELECT pg_backend_pid(), pg_sleep(0.1)", {}) for _ in range(2))
        old = {rows[0][0] for rows in await asyncio.gather(*reads)}
        assert len(old) == 2
        async with engine.connect() as connection:
            (mine,) = (await connection.execute(text("SELECT pg_backend_pid()"))).one()
            async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as operator:
                await operator.execute("SELECT pg_terminate_backend(%s, 10000)", (mine,))
            with pytest.raises(DBAPIError):
                await connection.execute(text("SELECT 1"))
        reads = (read_single(engine, nobody, "SELECT pg_backend_pid(), pg_sleep(0.1)", {}) for _ in range(2))
        assert not old & {rows[0][0] for rows in await asyncio.gather(*reads)}
    finally:
        await engine.dispose()


async def test_the_pool_counts_what_is_lent_and_what_is_back(database_url: str) -> None:
    """Whoever reads takes one of its connections, waits while there is none, and the gauges say so."""
    engine, metrics = open_engine(database_url, pool_size=2, pool_wait_s=60), Metrics()
    observe_engine(engine, Tracing(None, sampled=0), metrics)

    def gauge(name: str) -> float | None:
        return metrics.registry().get_sample_value(f"db_pool_connections_{name}")

    nobody = Tenant(OrganisationId(uuid4()))
    try:
        for _ in range(2):
            async with await psycopg.AsyncConnection.connect(database_url) as holder:
                await holder.execute("SELECT pg_advisory_xact_lock(1)")
                waits = "SELECT pg_advisory_xact_lock_shared(1)"
                slow = [asyncio.create_task(read_single(engine, nobody, waits, {})) for _ in range(5)]
                async with asyncio.timeout(60):
                    while gauge("in_use") != 2:  # noqa: ASYNC110 - it is seen from outside only
                        await asyncio.sleep(0.01)
            await asyncio.gather(*slow)
            assert (gauge("in_use"), gauge("max")) == (0, 2)
    finally:
        await engine.dispose()


async def test_a_statement_out_of_time_may_be_tried_again(database_url: str) -> None:
    # the short statement after it has enough time on any machine
    engine = open_engine(database_url, pool_size=1, statement_timeout_s=5)
    try:
        with pytest.raises(Unavailable):
            await read_single(engine, Tenant(OrganisationId(uuid4())), "SELECT pg_sleep(99)", {})
        assert await _read(engine, None) == []
    finally:
        await engine.dispose()

"""What transaction pooling promises: any session will do for any transaction, and row security holds in each."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.platform.database.engine import driver_url, open_engine
from adapters.platform.database.transaction import Tenant, ambient, begin, read
from adapters.platform.ids import Uuid7Factory
from adapters.platform.jobs.deliveries import Deliveries
from adapters.platform.jobs.relay import Doorbell, Relay, Ring
from adapters.platform.secret import Secret
from adapters.platform.settings import DatabaseSettings
from bootstrap import build
from domain.shared.ids import OrganisationId
from entrypoints.http.app import create_app
from tests.contracts.platform.events import press
from tests.journeys.ledger_api import open_ledger
from tests.poolers import Pooler, pooled
from tests.served import Served, register_and_log_in, settings_for

pytestmark = pytest.mark.anyio

WRITERS, ROUNDS = 6, 8
_ADD = text(
    "INSERT INTO outbox (organisation_id, id, name, payload, done_at) VALUES (:organisation, :id, 'x', '{}', now())"
)
_SEEN = text("SELECT current_user, current_setting('TimeZone'), count(*), count(DISTINCT organisation_id) FROM outbox")


@pytest.fixture
async def pooler(database_url: str) -> AsyncIterator[tuple[str, Pooler | None]]:
    """The shuffling pooler; TEST_POOLER names the port of a real one to be used instead."""
    port = os.environ.get("TEST_POOLER")
    if port:
        server = driver_url(database_url)
        outside = server.set(drivername="postgresql", host="127.0.0.1", port=int(port)).difference_update_query(
            ["host"]
        )
        yield outside.render_as_string(hide_password=False), None
        return
    async with pooled(database_url) as (url, pooler):
        yield url, pooler


@pytest.fixture
async def engine(pooler: tuple[str, Pooler | None]) -> AsyncIterator[AsyncEngine]:
    """A pool of the application's connections through the pooler."""
    engine = open_engine(pooler[0], pool_size=WRITERS, is_pooled=True)
    yield engine
    await engine.dispose()


async def test_every_transaction_works_as_the_app_role_for_its_own_tenant_in_whatever_session(
    engine: AsyncEngine, pooler: tuple[str, Pooler | None]
) -> None:
    ids = Uuid7Factory()

    async def write(tenant: Tenant) -> None:
        for written in range(1, ROUNDS + 1):
            async with begin(engine, tenant) as block:
                await block.connection.execute(_ADD, {"organisation": tenant.organisation_id, "id": ids.new()})
                await block.commit()
            async with read(engine, tenant) as connection:
                assert tuple((await connection.execute(_SEEN)).one()) == ("tapedeck_app", "UTC", written, 1)
            async with read(engine, Tenant()) as connection:
                assert (await connection.execute(_SEEN)).one()[2] == 0

    async with asyncio.TaskGroup() as tasks:
        for _ in range(WRITERS):
            tasks.create_task(write(Tenant(OrganisationId(ids.new()))))
    if pooler[1] is not None:
        assert pooler[1].handed_out >= WRITERS * ROUNDS * 3


@pytest.mark.usefixtures("_empty_outbox")
async def test_jobs_are_rung_for_taken_and_done_through_a_pooler(engine: AsyncEngine, database_url: str) -> None:
    rung: list[UUID] = []

    class Bell(Doorbell):
        def ring(self, fresh: Sequence[Ring], again: Sequence[Ring]) -> None:
            rung.extend(ring.event_id for ring in [*fresh, *again])

    [event_id] = await press(engine)
    relay = Relay(engine, Bell(), listen_url=driver_url(database_url))
    assert await relay.ring_ready() == 1
    await Deliveries(engine).deliver(rung[0], {}, asyncio.Event())
    async with ambient(engine, Tenant(purpose="jobs")) as block:
        done = text("SELECT done_at IS NOT NULL FROM outbox WHERE id = :id")
        assert (await block.connection.execute(done, {"id": event_id})).scalar_one() is True


async def test_a_trader_notices_nothing_of_a_pooler(
    pooler: tuple[str, Pooler | None], database_url: str, redis_url: str
) -> None:
    settings = settings_for(database_url, redis_url)
    url, direct_url = Secret(pooler[0]), Secret(database_url)
    database = DatabaseSettings(url=url, direct_url=direct_url, pooling="transaction", pool_wait_s=50)
    app = build(replace(settings, database=database))
    api = create_app(app)
    async with api.lifespan(), Served(app, api).client() as client:
        traders = [await open_ledger(client, await register_and_log_in(client)) for _ in range(2)]
        await asyncio.gather(*(ledger.record("buy", "2", "10.5", minute) for ledger in traders for minute in range(3)))
        for ledger in traders:
            position = await ledger.only("/positions")
            assert (position["quantity"], len(await ledger.get("/trades"))) == ("6", 3)


async def test_the_pooler_of_these_tests_is_as_unkind_as_it_should_be(database_url: str) -> None:
    """A role set for the session, as at the start of ordinary connections, ends up in other hands, or is refused."""
    async with pooled(database_url) as (url, _):
        ordinary = open_engine(url, pool_size=1)
        with pytest.raises(OperationalError, match="unsupported startup parameter"):
            await ordinary.connect()
        await ordinary.dispose()
        engine = create_async_engine(driver_url(url), pool_size=4, connect_args={"prepare_threshold": None})
        connections = [await engine.connect() for _ in range(4)]
        await connections[0].execute(text("SET ROLE tapedeck_app"))
        await connections[0].commit()
        users: set[object] = set()
        for _ in range(20):
            for connection in connections:
                users.add(await connection.scalar(text("SELECT current_user")))
                await connection.commit()
            if len(users) > 1:
                break
        with psycopg.connect(database_url) as direct:
            row = direct.execute("SELECT current_user").fetchone()
        assert row is not None
        assert users == {"tapedeck_app", row[0]}
        for connection in connections:
            await connection.close()
        await engine.dispose()

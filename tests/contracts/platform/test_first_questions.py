"""A server may end a session at once, while SQLAlchemy still asks it its first questions: then the database is away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.platform.database.engine import driver_url, open_engine
from adapters.platform.database.failures import DatabaseUnavailable
from adapters.platform.database.single import read_single
from adapters.platform.database.transaction import Tenant, read
from adapters.platform.telemetry.database import observe_engine
from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.tracing import Tracing
from domain.shared.ids import OrganisationId

pytestmark = pytest.mark.anyio

TENANT = Tenant(OrganisationId(uuid4()))
QUESTION = "SELECT 1"


@pytest.fixture
async def doomed(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine, observed as that of every process, whose first session the server ends as soon as it is open."""
    engine = open_engine(database_url)
    observe_engine(engine, Tracing(None, sampled=0), Metrics())
    plain = driver_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    ended: list[int] = []

    def end(_: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        driver = record.driver_connection
        if not ended and isinstance(driver, psycopg.AsyncConnection):
            ended.append(driver.info.backend_pid)
            with psycopg.connect(plain) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", ended)

    event.listen(engine.sync_engine, "connect", end, insert=True)
    yield engine
    assert len(ended) == 1
    await engine.dispose()


async def test_a_read_by_itself_says_so_and_the_next_one_works(doomed: AsyncEngine) -> None:
    with pytest.raises(DatabaseUnavailable):
        await read_single(doomed, TENANT, QUESTION, {})
    assert await read_single(doomed, TENANT, QUESTION, {}) == [(1,)]
    assert doomed.dialect.server_version_info


async def test_a_transaction_says_so_and_the_next_one_works(doomed: AsyncEngine) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with read(doomed, TENANT):
            pass
    async with read(doomed, TENANT) as connection:
        assert (await connection.execute(text(QUESTION))).scalar_one() == 1
    assert doomed.dialect.server_version_info

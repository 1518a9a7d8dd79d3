"""How transactions keep tenants apart and fit into one another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.platform.database.engine import open_engine
from adapters.platform.database.failures import DatabaseUnavailable
from adapters.platform.database.transaction import Tenant, ambient, begin, read
from adapters.platform.ids import Uuid7Factory
from adapters.platform.outbox_table import outbox
from domain.shared.errors import Unavailable
from domain.shared.ids import OrganisationId

pytestmark = pytest.mark.anyio

_NEW = Uuid7Factory()


@pytest.fixture
async def narrow(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A pool of one connection: whatever a transaction leaves on it, the next one finds."""
    engine = open_engine(database_url, pool_size=1)
    yield engine
    await engine.dispose()


def _organisation() -> OrganisationId:
    return OrganisationId(_NEW.new())


async def _put(connection: AsyncConnection, organisation_id: UUID, name: str = "test") -> None:
    await connection.execute(
        insert(outbox).values(organisation_id=organisation_id, id=_NEW.new(), name=name, payload={})
    )


async def _names(connection: AsyncConnection) -> list[str]:
    return list((await connection.execute(select(outbox.c.name).order_by(outbox.c.id))).scalars())


async def _committed(engine: AsyncEngine, organisation_id: OrganisationId) -> list[str]:
    async with read(engine, Tenant(organisation_id)) as connection:
        return await _names(connection)


async def _current_tenant(connection: AsyncConnection) -> str:
    return str((await connection.execute(select(func.current_setting("app.organisation_id")))).scalar_one())


async def test_a_connection_carries_no_tenant_from_one_transaction_to_the_next(narrow: AsyncEngine) -> None:
    owner = _organisation()
    async with begin(narrow, Tenant(owner, purpose="jobs")) as block:
        await _put(block.connection, owner)
        await block.commit()
    async with narrow.connect() as connection:
        assert await _names(connection) == []
        with pytest.raises(DBAPIError, match="row-level security"):
            await _put(connection, owner)


async def test_rows_of_another_organisation_can_be_neither_seen_changed_nor_written(engine: AsyncEngine) -> None:
    owner, other = _organisation(), _organisation()
    async with begin(engine, Tenant(owner)) as block:
        await _put(block.connection, owner)
        await block.commit()
    async with begin(engine, Tenant(other)) as block:
        assert await _names(block.connection) == []
        changed = await block.connection.execute(outbox.update().values(name="stolen"))
        removed = await block.connection.execute(outbox.delete())
        assert (changed.rowcount, removed.rowcount) == (0, 0)
        with pytest.raises(DBAPIError, match="row-level security"):
            await _put(block.connection, owner)


async def test_a_joined_block_commits_with_the_transaction_around_it(narrow: AsyncEngine) -> None:
    owner = _organisation()
    async with ambient(narrow, Tenant(owner)) as outer:
        async with begin(narrow, Tenant(owner)) as inner:
            await _put(inner.connection, owner, "effect")
            await inner.commit()
        await _put(outer.connection, owner, "mark")
        await outer.commit()
    assert await _committed(narrow, owner) == ["effect", "mark"]


async def test_a_joined_block_is_undone_with_the_transaction_around_it(narrow: AsyncEngine) -> None:
    owner = _organisation()
    async with ambient(narrow, Tenant(owner)), begin(narrow, Tenant(owner)) as inner:
        await _put(inner.connection, owner)
        await inner.commit()
    assert await _committed(narrow, owner) == []


async def test_a_joined_block_without_commit_is_undone_alone(narrow: AsyncEngine) -> None:
    owner = _organisation()
    async with ambient(narrow, Tenant(owner)) as outer:
        async with begin(narrow, Tenant(owner)) as inner:
            await _put(inner.connection, owner, "undone")
        await _put(outer.connection, owner, "kept")
        await outer.commit()
    assert await _committed(narrow, owner) == ["kept"]


async def test_a_joined_block_that_fails_leaves_the_transaction_around_it_usable(narrow: AsyncEngine) -> None:
    owner = _organisation()

    async def fail() -> None:
        async with begin(narrow, Tenant(owner)) as inner:
            await inner.connection.execute(text("SELECT 1 / 0"))

    async with ambient(narrow, Tenant(owner)) as outer:
        with pytest.raises(DBAPIError, match="division by zero"):
            await fail()
        await _put(outer.connection, owner, "kept")
        await outer.commit()
    assert await _committed(narrow, owner) == ["kept"]


@pytest.mark.parametrize("is_committed", [True, False], ids=["committed", "undone"])
async def test_a_joined_block_for_another_tenant_hands_the_first_one_back(
    narrow: AsyncEngine, *, is_committed: bool
) -> None:
    owner, other = _organisation(), _organisation()
    async with ambient(narrow, Tenant(owner)) as outer:
        async with begin(narrow, Tenant(other)) as inner:
            assert await _current_tenant(inner.connection) == str(other)
            if is_committed:
                await inner.commit()
        assert await _current_tenant(outer.connection) == str(owner)


async def test_a_block_inside_a_joined_block_hands_its_tenant_back(narrow: AsyncEngine) -> None:
    first, second, third = _organisation(), _organisation(), _organisation()
    async with ambient(narrow, Tenant(first)), begin(narrow, Tenant(second)) as middle:
        async with begin(narrow, Tenant(third)) as inner:
            await inner.commit()
        assert await _current_tenant(middle.connection) == str(second)


async def test_a_read_inside_a_transaction_sees_its_writes_on_its_connection(narrow: AsyncEngine) -> None:
    owner = _organisation()
    async with ambient(narrow, Tenant(owner)) as outer:
        await _put(outer.connection, owner, "written")
        async with read(narrow, Tenant(owner)) as connection:
            assert await _names(connection) == ["written"]
        assert await _current_tenant(outer.connection) == str(owner)


async def test_a_read_sees_one_snapshot_and_writes_nothing(engine: AsyncEngine) -> None:
    owner = _organisation()
    async with read(engine, Tenant(owner)) as connection:
        assert await _names(connection) == []
        async with begin(engine, Tenant(owner)) as block:
            await _put(block.connection, owner)
            await block.commit()
        assert await _names(connection) == []
        with pytest.raises(DBAPIError, match="read-only"):
            await _put(connection, owner)


async def test_work_after_the_commit_is_refused(engine: AsyncEngine) -> None:
    owner = _organisation()
    async with begin(engine, Tenant(owner)) as block:
        await block.commit()
        with pytest.raises(Exception, match="closed transaction"):
            await _put(block.connection, owner)


async def _end_session(database_url: str, connection: AsyncConnection) -> None:
    """End the session of that connection from another one."""
    pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    admin = open_engine(database_url)
    async with admin.connect() as other:
        await other.execute(text("SET ROLE NONE"))
        await other.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
    await admin.dispose()


async def test_a_connection_that_dies_is_unavailability_and_the_pool_heals(
    narrow: AsyncEngine, database_url: str
) -> None:
    owner = _organisation()

    async def die() -> None:
        async with begin(narrow, Tenant(owner)) as block:
            await _end_session(database_url, block.connection)
            await _put(block.connection, owner)

    with pytest.raises(DatabaseUnavailable, match="try again"):
        await die()
    assert await _committed(narrow, owner) == []


async def test_a_commit_whose_answer_never_came_is_called_uncertain(narrow: AsyncEngine, database_url: str) -> None:
    owner = _organisation()

    async def die() -> None:
        async with begin(narrow, Tenant(owner)) as block:
            await _end_session(database_url, block.connection)
            await block.commit()

    with pytest.raises(DatabaseUnavailable, match="may or may not"):
        await die()


async def test_a_statement_out_of_time_may_be_tried_again_but_the_database_is_there(database_url: str) -> None:
    impatient = open_engine(database_url, statement_timeout_s=1)

    async def wait() -> None:
        async with begin(impatient, Tenant()) as block:
            await block.connection.execute(text("SELECT pg_sleep(60)"))

    with pytest.raises(Unavailable) as caught:
        await wait()
    assert not isinstance(caught.value, DatabaseUnavailable)
    await impatient.dispose()


async def test_a_database_that_is_not_there_is_unavailability() -> None:
    engine = open_engine("postgresql://nobody@/nothing?host=/nowhere/at/all")
    with pytest.raises(DatabaseUnavailable):
        async with begin(engine, Tenant()):
            pass
    await engine.dispose()

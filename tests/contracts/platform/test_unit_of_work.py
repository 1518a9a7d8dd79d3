"""What a unit of work and its outbox promise, on PostgreSQL and as a fake."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, read
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from adapters.platform.ids import Uuid7Factory
from adapters.platform.outbox import payload_of
from adapters.platform.outbox_table import outbox
from application.shared.ports import UnitOfWork
from domain.shared.events import Event
from domain.shared.ids import OrganisationId
from tests.fakes.platform import FakeOutbox, FakeUnitOfWork

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed(Event):
    """A made-up event."""

    name: ClassVar[str] = "scales.weighed"
    grams: Decimal
    once: str | None = None

    @property
    def unique_key(self) -> str | None:
        """What it is kept once for."""
        return self.once


@dataclass(frozen=True, slots=True)
class Harness:
    """Opens units of work for one organisation and tells which weights were stored for it, in order."""

    organisation_id: OrganisationId
    open: Callable[[], UnitOfWork]
    stored: Callable[[], Awaitable[list[str]]]

    def weighed(self, *grams: str) -> list[Weighed]:
        return [Weighed(organisation_id=self.organisation_id, grams=Decimal(each)) for each in grams]


@pytest.fixture(params=["fake", "sql"])
async def harness(request: pytest.FixtureRequest, engine: AsyncEngine) -> Harness:
    organisation_id = OrganisationId(Uuid7Factory().new())
    if request.param == "fake":
        fake = FakeOutbox()

        async def remembered() -> list[str]:
            return [str(payload_of(event)["grams"]) for event in fake.stored]

        return Harness(organisation_id, lambda: FakeUnitOfWork(fake), remembered)

    async def stored() -> list[str]:
        async with read(engine, Tenant(organisation_id)) as connection:
            rows = await connection.execute(select(outbox.c.payload).order_by(outbox.c.id))
            return [row.payload["grams"] for row in rows]

    return Harness(organisation_id, lambda: SqlUnitOfWork(engine, Tenant(organisation_id)), stored)


async def test_what_is_committed_is_stored_in_order_and_exactly(harness: Harness) -> None:
    async with harness.open() as work:
        await work.outbox.add(harness.weighed("2.50", "1"))
        await work.outbox.add(harness.weighed("0.000000000000000001"))
        await work.outbox.add([])
        await work.commit()
    # a string, so that no digit and no trailing zero is lost
    assert await harness.stored() == ["2.50", "1", "0.000000000000000001"]


async def test_of_events_with_the_same_key_the_first_is_kept(harness: Harness) -> None:
    """Whether in one transaction or in several, and for each organisation."""
    first, second, third = harness.weighed("1", "2", "3")
    async with harness.open() as work:
        await work.outbox.add([replace(first, once="a"), replace(second, once="a")])
        await work.commit()
    async with harness.open() as work:
        await work.outbox.add([replace(third, once="a"), replace(third, once="b"), first, first])
        await work.commit()
    assert await harness.stored() == ["1", "3", "1", "1"]


async def test_without_commit_nothing_is_stored(harness: Harness) -> None:
    async with harness.open() as work:
        await work.outbox.add(harness.weighed("1"))
    assert await harness.stored() == []


async def test_an_error_undoes_the_block_and_passes_on(harness: Harness) -> None:
    async def fail() -> None:
        async with harness.open() as work:
            await work.outbox.add(harness.weighed("1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await harness.stored() == []


async def test_an_error_after_the_commit_undoes_nothing(harness: Harness) -> None:
    async def fail() -> None:
        async with harness.open() as work:
            await work.outbox.add(harness.weighed("1"))
            await work.commit()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await harness.stored() == ["1"]


async def test_a_unit_of_work_holds_one_block_at_a_time(harness: Harness) -> None:
    work = harness.open()
    async with work:
        with pytest.raises(RuntimeError, match="already open"):
            await work.__aenter__()


async def test_outside_of_its_block_a_unit_of_work_does_nothing(harness: Harness) -> None:
    with pytest.raises(RuntimeError, match="inside its"):
        await harness.open().commit()

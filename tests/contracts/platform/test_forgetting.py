"""An event in the outbox takes what it makes wrong out of the cache of every process."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, ambient
from adapters.platform.jobs.deliveries import Deliveries
from application.shared.cache import Shelf, Tag
from application.shared.forget import Forget
from domain.shared.ids import OrganisationId
from tests.contracts.platform.caching import Question, Quote, Work, caching
from tests.contracts.platform.events import Pressed, look, press
from tests.contracts.platform.limited import wired

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("_empty_outbox")]

INFY = Question("INFY")
SHELF = Shelf("quote", 1, Quote, ttl_s=60, local_s=0.1)


async def _owner(engine: AsyncEngine, event_id: UUID) -> OrganisationId:
    async with ambient(engine, Tenant(purpose="jobs")) as block:
        found = await block.connection.execute(
            text("SELECT organisation_id FROM outbox WHERE id = :id"), {"id": event_id}
        )
        return OrganisationId(found.scalar_one())


async def test_an_event_makes_every_process_work_out_anew_what_it_made_wrong(
    engine: AsyncEngine, redis_url: str
) -> None:
    [event_id] = await press(engine)
    owner, other = await _owner(engine, event_id), OrganisationId(UUID(int=1))
    work = Work()
    async with caching(redis_url) as api, caching(redis_url) as worker:

        async def ask(tenant: OrganisationId) -> int:
            tags = [Tag("presses", tenant)]
            return (await api.get(SHELF, INFY, work, tenant=tenant, tags=tags)).value.times

        assert (await ask(owner), await ask(other), await ask(owner)) == (1, 2, 1)
        forget = Forget(worker, "presses")
        await Deliveries(engine).deliver(event_id, {Pressed.name: lambda: forget}, asyncio.Event())
        assert (await look(engine, event_id)).is_done
        async with asyncio.timeout(60):
            times = 1
            while times == 1:
                times = await ask(owner)
                await asyncio.sleep(0.01)
        assert await ask(other) == 2, "it is not theirs"


async def test_an_event_that_cannot_be_told_is_tried_again(engine: AsyncEngine, redis_url: str) -> None:
    [event_id] = await press(engine)
    async with wired(redis_url) as wire, caching(wire.url, patience_s=0.1) as worker:
        wire.set("held")
        forget = Forget(worker, "presses")
        await Deliveries(engine, first_delay_s=60).deliver(event_id, {Pressed.name: lambda: forget}, asyncio.Event())
        row = await look(engine, event_id)
        assert (row.is_done, row.is_dead, row.attempts) == (False, False, 1)
        wire.set("open")

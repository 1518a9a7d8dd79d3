"""What tidying promises: it removes what is over, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, read
from adapters.platform.housekeeping import DEAD_EVENTS_KEPT_DAYS, DONE_EVENTS_KEPT_DAYS, DoneEventsPurge
from tests.contracts.platform.events import change, press

pytestmark = pytest.mark.anyio


async def test_events_go_when_they_are_long_done_and_stay_while_anything_is_left(engine: AsyncEngine) -> None:
    done_long_ago, done, dead, waiting, dead_long_ago = await press(engine, count=5)
    long_ago = f"now() - interval '{DONE_EVENTS_KEPT_DAYS + 1} days'"
    await change(engine, done_long_ago, f"done_at = {long_ago}")
    await change(engine, done, "done_at = now()")
    await change(engine, dead, f"dead_at = {long_ago}")
    await change(engine, waiting, f"available_at = {long_ago}")
    await change(engine, dead_long_ago, f"dead_at = now() - interval '{DEAD_EVENTS_KEPT_DAYS + 1} days'")
    assert await DoneEventsPurge(engine)() == 2
    async with read(engine, Tenant(purpose="jobs")) as connection:
        left = set((await connection.execute(text("SELECT id FROM outbox"))).scalars())
    assert left >= {done, dead, waiting}
    assert not left & {done_long_ago, dead_long_ago}

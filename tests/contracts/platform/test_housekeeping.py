"""What tidying promises: it removes what is over, nothing else, and several schedulers do each chore once."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, read
from adapters.platform.housekeeping import DEAD_EVENTS_KEPT_DAYS, DONE_EVENTS_KEPT_DAYS, DoneEventsPurge, Housekeeping
from application.shared.chores import Chore
from tests.contracts.platform.events import change, press

pytestmark = pytest.mark.anyio


class Sweep(Chore):
    """Counts how often it is done, and can be held up."""

    name: ClassVar[str] = "sweep"
    every_s: ClassVar[float] = 0.001

    def __init__(self) -> None:
        self.times = 0
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        """Count."""
        self.times += 1
        self.has_begun.set()
        await self.may_end.wait()
        return 1


async def test_while_one_scheduler_does_a_chore_no_other_does_it(engine: AsyncEngine) -> None:
    sweep = Sweep()
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(Housekeeping(engine).do(sweep))
        await sweep.has_begun.wait()
        assert await Housekeeping(engine).do(sweep) == 0
        sweep.may_end.set()
    assert first.result() == 1
    assert sweep.times == 1


async def test_a_chore_that_fails_is_done_again_when_its_time_comes(engine: AsyncEngine) -> None:
    stop = asyncio.Event()

    class Stumble(Chore):
        """Fails the first time."""

        name: ClassVar[str] = "stumble"
        every_s: ClassVar[float] = 0.001
        times = 0

        async def __call__(self) -> int:
            """Fail, then ask to stop."""
            self.times += 1
            if self.times == 1:
                raise ZeroDivisionError
            stop.set()
            return 0

    stumble = Stumble()
    async with asyncio.timeout(20):
        await Housekeeping(engine).run([stumble], stop)
    assert stumble.times == 2


async def test_events_go_when_they_are_long_done_and_stay_while_anything_is_left(engine: AsyncEngine) -> None:
    done_long_ago, done, dead, waiting, dead_long_ago = await press(engine, count=5)
    long_ago = f"now() - interval '{DONE_EVENTS_KEPT_DAYS + 1} days'"
    await change(engine, done_long_ago, f"done_at = {long_ago}")
    await change(engine, done, "done_at = now()")
    await change(engine, dead, f"dead_at = {long_ago}")
    await change(engine, waiting, f"available_at = {long_ago}")
    await change(engine, dead_long_ago, f"dead_at = now() - interval '{DEAD_EVENTS_KEPT_DAYS + 1} days'")
    assert await Housekeeping(engine).do(DoneEventsPurge(engine)) == 2
    async with read(engine, Tenant(purpose="jobs")) as connection:
        left = set((await connection.execute(text("SELECT id FROM outbox"))).scalars())
    assert left >= {done, dead, waiting}
    assert not left & {done_long_ago, dead_long_ago}

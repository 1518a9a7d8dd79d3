"""Runs chores at their intervals; of several schedulers, one at a time does each."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Sequence
from typing import ClassVar, final

import structlog
from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.failures import DatabaseUnavailable
from adapters.platform.database.transaction import Tenant, ambient, begin
from adapters.platform.jobs.waiting import Availability, pause
from adapters.platform.outbox_table import outbox
from application.shared.chores import Chore

DONE_EVENTS_KEPT_DAYS = 30
DEAD_EVENTS_KEPT_DAYS = 90


@final
class Housekeeping:
    """Does each chore when its time has come."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._database = Availability("database")
        self._log = structlog.stdlib.get_logger("tapedeck.scheduler")

    async def run(self, chores: Sequence[Chore], stop: asyncio.Event) -> None:
        """Do the chores until `stop` is set; one that fails is done again when its time comes."""
        async with asyncio.TaskGroup() as tasks:
            for chore in chores:
                tasks.create_task(self._repeat(chore, stop))

    async def _repeat(self, chore: Chore, stop: asyncio.Event) -> None:
        while not stop.is_set():
            # at random, so that several schedulers take turns
            await pause(stop, chore.every_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, guards nothing
            if not stop.is_set():
                await self._try(chore)

    async def _try(self, chore: Chore) -> None:
        try:
            dealt_with = await self.do(chore)
        except DatabaseUnavailable as error:
            self._database.down(error)
        except Exception as error:  # noqa: BLE001 - one chore that fails must not stop the others
            self._log.error("chore failed", chore=chore.name, exc_info=error)
        else:
            self._database.up()
            if dealt_with:
                self._log.info("chore done", chore=chore.name, dealt_with=dealt_with)

    async def do(self, chore: Chore) -> int:
        """Do the chore now unless another scheduler is at it; returns how many things were dealt with."""
        number = int.from_bytes(hashlib.sha256(f"chore {chore.name}".encode()).digest()[:8], signed=True)
        # the lock lives as long as the transaction, which the chore's units of work join
        async with ambient(self._engine, Tenant(purpose="housekeeping")) as block:
            is_ours = (await block.connection.execute(select(func.pg_try_advisory_xact_lock(number)))).scalar_one()
            dealt_with = await chore() if is_ours else 0
            await block.commit()
        return dealt_with


@final
class DoneEventsPurge(Chore):
    """Removes events that are long done; dead ones stay longer, so that somebody can look at them."""

    name: ClassVar[str] = "done events purge"
    every_s: ClassVar[float] = 3600.0

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self) -> int:
        """Remove them in every organisation and return how many there were."""
        async with begin(self._engine, Tenant(purpose="housekeeping")) as block:
            done = outbox.c.done_at < func.now() - func.make_interval(0, 0, 0, DONE_EVENTS_KEPT_DAYS)
            dead = outbox.c.dead_at < func.now() - func.make_interval(0, 0, 0, DEAD_EVENTS_KEPT_DAYS)
            removed = (await block.connection.execute(delete(outbox).where(or_(done, dead)))).rowcount
            await block.commit()
        return removed

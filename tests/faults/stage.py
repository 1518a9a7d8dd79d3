"""A worker and a scheduler over one made-up reaction, as processes of their own that tests can kill.

    python -m tests.faults.stage worker|scheduler DATABASE_URL REDIS_URL LEASE_S [PRIORITY]

The reaction leaves one row per step in the table `effects`, in the transaction of the step; an event says how
many steps it has.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_engine
from adapters.platform.database.transaction import Tenant
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from adapters.platform.jobs.deliveries import Deliveries, Reactions
from adapters.platform.jobs.doorbell import RqDoorbell, open_blocking_redis
from adapters.platform.jobs.leases import Crash, Taking
from adapters.platform.jobs.relay import Relay
from adapters.platform.jobs.worker import WorkerProcess
from adapters.platform.logging import configure_logging
from adapters.platform.settings import TelemetrySettings
from application.shared.reactions import Again, Delivery, Done, JobKind, Reaction
from domain.shared.errors import Conflict
from domain.shared.events import Priority
from entrypoints.signals import stop_signals
from tests.contracts.platform.events import Endless, Poisoned, Pressed

CREATE_EFFECTS = """
    CREATE TABLE effects (event_id uuid NOT NULL, step int NOT NULL);
    GRANT SELECT, INSERT ON effects TO tapedeck_app
"""


class LeaveRows(Reaction):
    """Adds the row of the next step."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self, delivery: Delivery) -> Done | Again:
        """Do one step."""
        async with SqlUnitOfWork(self._engine, Tenant(delivery.organisation_id)) as work:
            statement = text(
                """
                INSERT INTO effects SELECT :id, count(*) + 1 FROM effects WHERE event_id = :id RETURNING step
                """
            )
            step = (await work.connection.execute(statement, {"id": delivery.event_id})).scalar_one()
            await work.commit()
        return Again() if step < int(str(delivery.payload["times"])) else Done()


def _enormous() -> object:
    return "x" * 50_000_000


class Harm(Reaction):
    """Leaves the row of its only step, then does harm."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self, delivery: Delivery) -> Done:
        """Do harm in the way that the event says."""
        async with SqlUnitOfWork(self._engine, Tenant(delivery.organisation_id)) as work:
            await work.connection.execute(text("INSERT INTO effects VALUES (:id, 1)"), {"id": delivery.event_id})
            await work.commit()
        match delivery.payload["how"]:
            case "abort":
                os.abort()
            case "loop":
                while True:
                    pass
            case "memory":
                bytearray(3 * 1024**3)
            case "result":
                return cast("Done", _enormous())  # what no reaction may do
            case "words":
                raise Conflict("x" * 50_000_000)
            case _:
                async with SqlUnitOfWork(self._engine, Tenant(delivery.organisation_id)) as work:
                    await work.connection.execute(text(f"SELECT pg_advisory_xact_lock_shared({HOLD_UP})"))
                    await work.commit()
        return Done()


# what a job may take is short here, so that tests need not wait
_KINDS = {
    Pressed.name: JobKind(title="press"),
    Poisoned.name: JobKind(title="poison", step_s=2),
    Endless.name: JobKind(title="endless"),
}
LEASE_S = 2.0
# whoever holds this lock of the database alone holds up those who wait
HOLD_UP = 4711


def _deliveries(engine: AsyncEngine, lease_s: float) -> Deliveries:
    return Deliveries(engine, _KINDS, first_delay_s=0.05, lease_s=lease_s)


def _work(database_url: str, redis_url: str, lease_s: str, priority: str = "") -> int:
    priorities = [Priority[priority]] if priority else list(Priority)

    def answer(event_id: UUID, taking: Taking) -> None:
        async def deliver(engine: AsyncEngine) -> None:
            with stop_signals() as stop:
                deliveries = _deliveries(engine, float(lease_s))
                reactions: Reactions = {
                    Pressed.name: lambda: LeaveRows(engine),
                    Poisoned.name: lambda: Harm(engine),
                    Endless.name: lambda: Harm(engine),
                }
                await deliveries.deliver(event_id, reactions, stop, priorities=priorities, taking=taking)

        asyncio.run(_with_engine(database_url, deliver))

    def on_crash(crash: Crash) -> None:
        async def record(engine: AsyncEngine) -> None:
            await _deliveries(engine, float(lease_s)).record_end(crash)

        asyncio.run(_with_engine(database_url, record))

    return WorkerProcess(redis_url).run(answer, on_crash, priorities)


async def _with_engine(database_url: str, use: Callable[[AsyncEngine], Awaitable[None]]) -> None:
    engine = open_engine(database_url, pool_size=2)
    try:
        await use(engine)
    finally:
        await engine.dispose()


def _schedule(database_url: str, redis_url: str, lease_s: str) -> int:
    del lease_s

    async def relay(engine: AsyncEngine) -> None:
        with stop_signals() as stop:
            bell = RqDoorbell(open_blocking_redis(redis_url))
            await Relay(engine, bell, poll_s=0.2, ring_again_after_s=1).run(stop)

    asyncio.run(_with_engine(database_url, relay))
    return 0


if __name__ == "__main__":
    configure_logging(TelemetrySettings())
    with suppress(KeyboardInterrupt):
        role, *urls = sys.argv[1:]
        sys.exit({"worker": _work, "scheduler": _schedule}[role](*urls))

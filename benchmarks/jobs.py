"""Events a second through one forking worker, and how long an event waits when nothing else happens.

An event goes the whole way: outbox row, relay, ring, fork, a transaction that locks the row and marks it done.
The floor is RQ's own worker running a job that does nothing, measured in the same run. Times are on servers from
wheels that sync to disk. Run it with `python benchmarks/jobs.py`, optionally with the number of events.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from redis import Redis
from rq import Queue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_engine
from adapters.platform.database.transaction import Tenant, read
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.ids import Uuid7Factory
from adapters.platform.jobs.doorbell import open_blocking_redis
from adapters.platform.migrations.run import migrate
from adapters.platform.settings import load_settings
from domain.shared.events import Event
from domain.shared.ids import OrganisationId
from entrypoints import scheduler, worker

SAMPLES = 100
# what has not happened by then never will
PATIENCE_S = 60
FLOOR_QUEUE = "floor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored(Event):
    """Nobody reacts to it, so that only the delivery itself is measured."""

    name: ClassVar[str] = "benchmark.ignored"


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run this script as another process for the block."""
    child = subprocess.Popen([sys.executable, __file__, *arguments], stderr=subprocess.DEVNULL)  # noqa: S603 - it runs this file
    try:
        yield child
    finally:
        child.terminate()
        child.wait()


def floor(redis_url: str, count: int) -> float:
    """Jobs a second of RQ's own forking worker on a job that does nothing."""
    with open_blocking_redis(redis_url) as redis:
        queue = Queue(FLOOR_QUEUE, connection=redis)
        for _ in range(count + 1):
            queue.enqueue_job(queue.create_job("os.getpid", result_ttl=0))  # pyright: ignore[reportUnknownMemberType] - RQ leaves parts untyped
        key = f"rq:queue:{FLOOR_QUEUE}"
        with process("floor", redis_url) as child:
            await_length(redis, key, count, child)
            begin = time.perf_counter()
            child.wait()
            return count / (time.perf_counter() - begin)


def await_length(redis: Redis, key: str, length: int, child: subprocess.Popen[bytes]) -> None:
    """Return when the list has become that short; raise RuntimeError if nobody is left to shorten it."""
    while redis.llen(key) > length:
        if child.poll() is not None:
            raise RuntimeError(f"the worker ended with {child.returncode} before it had taken a job")
        time.sleep(0.001)


async def throughput(engine: AsyncEngine, organisation_id: OrganisationId, count: int) -> float:
    """Events a second from the commit of all of them to the last done mark."""
    await store(engine, organisation_id, count)
    begin = time.perf_counter()
    await until_idle(engine)
    return count / (time.perf_counter() - begin)


async def latencies(engine: AsyncEngine, organisation_id: OrganisationId) -> list[float]:
    """Milliseconds from one commit to when a worker had the event in hand, one event at a time."""
    found: list[float] = []
    for _ in range(SAMPLES):
        await store(engine, organisation_id, 1)
        committed = time.time()
        await until_idle(engine)
        async with read(engine, Tenant(organisation_id)) as connection:
            started = await connection.execute(text("SELECT extract(epoch FROM max(started_at))::float8 FROM outbox"))
            found.append(1000 * (started.scalar_one() - committed))
        await asyncio.sleep(0.05)
    return found


async def store(engine: AsyncEngine, organisation_id: OrganisationId, count: int) -> None:
    """Commit so many events."""
    async with SqlUnitOfWork(engine, Tenant(organisation_id)) as work:
        await work.outbox.add(Ignored(organisation_id=organisation_id) for _ in range(count))
        await work.commit()


async def until_idle(engine: AsyncEngine) -> None:
    """Return when every event is done."""
    query = text("SELECT 1 FROM outbox WHERE done_at IS NULL LIMIT 1")
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with read(engine, Tenant(purpose="jobs")) as connection:
                if (await connection.execute(query)).first() is None:
                    return
            await asyncio.sleep(0.005)


async def measure(database_url: str, redis_url: str, count: int) -> None:
    """Print the numbers."""
    print(f"RQ's own worker, a job that does nothing: {floor(redis_url, count):.0f} jobs/s")
    engine = open_engine(database_url)
    organisation_id = OrganisationId(Uuid7Factory().new())
    with process("scheduler"), process("worker"):
        await throughput(engine, organisation_id, 10)  # until both are up
        rate = await throughput(engine, organisation_id, count)
        print(f"our worker, from outbox to done mark: {rate:.0f} events/s")
        waits = await latencies(engine, organisation_id)
    cuts = statistics.quantiles(waits, n=20)
    print(f"commit to start when idle: p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms")
    await engine.dispose()


def main(arguments: list[str]) -> None:
    """Be one of the processes, or start the servers and measure."""
    match arguments:
        case ["worker"]:
            worker.run(load_settings(os.environ))
        case ["scheduler"]:
            scheduler.run(load_settings(os.environ))
        case ["floor", redis_url]:
            # RQ's own command of this environment, which is on nobody's path
            command = str(Path(sys.executable).with_name("rq"))
            os.execv(command, ["rq", "worker", "--burst", "--quiet", "--url", redis_url, FLOOR_QUEUE])  # noqa: S606 - as above
        case _:
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tapedeck-jobs-")))
                sockets = socket_folder(folder)
                postgres = EmbeddedPostgres(folder / "postgres", sockets=sockets, password=secrets.token_urlsafe())
                valkey = EmbeddedValkey(folder / "valkey", sockets=sockets, password=secrets.token_urlsafe())
                stack.enter_context(running(postgres, folder / "postgres.log"))
                stack.enter_context(running(valkey, folder / "valkey.log"))
                migrate(postgres.url)
                key = f'[{{"kid": "benchmark", "secret": "{secrets.token_urlsafe(32)}"}}]'
                os.environ |= {
                    "DATABASE_URL": postgres.url,
                    "REDIS_URL": valkey.url,
                    "TAPEDECK_AUTH__KEYS": key,
                }
                count = int(arguments[0]) if arguments else 500
                asyncio.run(measure(postgres.url, valkey.url, count))


if __name__ == "__main__":
    main(sys.argv[1:])

"""Processes die at any moment: no event is lost and none has its effect twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import time
from contextlib import suppress

import pytest
from redis import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.jobs.doorbell import open_blocking_redis, queue_of
from domain.shared.events import Priority
from tests.contracts.platform.events import press
from tests.faults.conftest import Stage
from tests.processes import PATIENCE_S, until
from tests.profiles import times

pytestmark = pytest.mark.anyio

STEPS = 3
MANY_STEPS = 300
AT_ONCE_S = 3.0
CHANCES = 3


async def test_killing_anything_anywhere_loses_and_doubles_nothing(stage: Stage, engine: AsyncEngine) -> None:
    kills = times(25, 1000)
    # pytest-randomly seeds the module's generator and names the seed
    chance = random.Random(random.random())  # noqa: S311 - it picks faults, not secrets
    scheduler = stage.start("scheduler")
    workers = [stage.start("worker"), stage.start("worker")]
    events = 0
    with open_blocking_redis(stage.redis_url) as redis:
        for _ in range(kills):
            await press(engine, times=STEPS, count=3)
            events += 3
            await asyncio.sleep(chance.uniform(0, 0.15))  # the moment of the kill, not a wait for anything
            match chance.choice(["worker", "horse", "horse", "scheduler", "backends", "flush"]):
                case "worker":
                    place = chance.randrange(len(workers))
                    _kill(workers[place])
                    workers[place] = stage.start("worker")
                case "horse":
                    horse = stage.horse_of(chance.choice(workers))
                    if horse is not None:
                        with suppress(ProcessLookupError):
                            os.kill(horse, signal.SIGKILL)
                case "scheduler":
                    _kill(scheduler)
                    scheduler = stage.start("scheduler")
                case "backends":
                    stage.end_sessions()
                case _:
                    _flush(redis)
    until(stage.is_drained, "all events are dealt with", PATIENCE_S + kills / 2)
    stage.check(events=events, steps=STEPS)


async def test_rings_lost_with_redis_are_repeated(stage: Stage, engine: AsyncEngine) -> None:
    """FLUSHALL between the ring and the work."""
    stage.start("scheduler")
    await press(engine, times=1, count=20)
    with open_blocking_redis(stage.redis_url) as redis:
        until(lambda: redis.llen("rq:queue:tapedeck-normal") == 20, "all are rung for")
        _flush(redis)
    stage.start("worker")
    until(stage.is_drained, "all events are dealt with")
    stage.check(events=20, steps=1)


async def test_nothing_is_left_in_redis_when_all_is_done(stage: Stage, engine: AsyncEngine) -> None:
    stage.start("scheduler")
    worker = stage.start("worker")
    await press(engine, times=1, count=10)
    until(stage.is_drained, "all events are dealt with")
    with open_blocking_redis(stage.redis_url) as redis:
        # whoever has dealt with an event tells its worker, which takes the ring away a moment later
        until(lambda: not _keys(redis, "rq:queue:*"), "nothing is rung for any more")
        worker.terminate()
        assert worker.wait(PATIENCE_S) == 0
        left = _keys(redis, "rq:*")
    queues = {f"rq:workers:{queue_of(priority)}".encode() for priority in Priority}
    assert left <= {b"rq:queues", b"rq:workers"} | queues


async def test_a_worker_stops_between_steps_and_another_goes_on(stage: Stage, engine: AsyncEngine) -> None:
    stage.start("scheduler")
    worker = stage.start("worker")
    # so many that even a test that is kept waiting asks long before the last of them
    await press(engine, times=MANY_STEPS)
    until(lambda: stage.ask("SELECT count(*) > 5 FROM effects") == [(True,)], "the first steps are done")
    worker.terminate()
    assert worker.wait(PATIENCE_S) == 0
    assert not stage.is_drained()
    stage.start("worker")
    until(stage.is_drained, "the event is done")
    stage.check(events=1, steps=MANY_STEPS)


async def test_idle_processes_stop_at_once(stage: Stage, engine: AsyncEngine) -> None:
    """In the best of a few tries: the machine may pause, and the processes may not."""
    slowest_s: list[float] = []
    while min(slowest_s, default=AT_ONCE_S) >= AT_ONCE_S:
        assert len(slowest_s) < CHANCES, slowest_s
        processes = [stage.start("scheduler"), stage.start("worker")]
        await press(engine)
        until(stage.is_drained, "both are at work")
        asked = time.monotonic()
        for process in processes:
            process.terminate()
        assert [process.wait(PATIENCE_S) for process in processes] == [0, 0]
        slowest_s.append(time.monotonic() - asked)


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _keys(redis: Redis, pattern: str) -> set[bytes | str]:
    return set(redis.keys(pattern))  # pyright: ignore[reportUnknownMemberType] - redis-py


def _flush(redis: Redis) -> None:
    redis.flushdb()  # pyright: ignore[reportUnknownMemberType] - redis-py does not type its keywords

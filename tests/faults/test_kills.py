"""Processes die at any moment: no event is lost and none has its effect twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
from contextlib import suppress

import pytest
from redis import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.jobs.doorbell import open_blocking_redis, queue_of
from domain.shared.events import Priority
from tests.contracts.platform.events import press
from tests.faults.conftest import Stage
from tests.processes import until
from tests.profiles import times

pytestmark = pytest.mark.anyio

STEPS = 3


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
    until(stage.is_drained, "all events are dealt with", 60 + kills / 2)
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
    worker.terminate()
    assert worker.wait(10) == 0
    with open_blocking_redis(stage.redis_url) as redis:
        left = set(redis.keys("rq:*"))  # pyright: ignore[reportUnknownMemberType] - redis-py
    queues = {f"rq:workers:{queue_of(priority)}".encode() for priority in Priority}
    assert left <= {b"rq:queues", b"rq:workers"} | queues


async def test_a_worker_stops_between_steps_and_another_goes_on(stage: Stage, engine: AsyncEngine) -> None:
    stage.start("scheduler")
    worker = stage.start("worker")
    await press(engine, times=150)
    until(lambda: stage.ask("SELECT count(*) > 5 FROM effects") == [(True,)], "the first steps are done")
    worker.terminate()
    assert worker.wait(5) == 0
    assert not stage.is_drained()
    stage.start("worker")
    until(stage.is_drained, "the event is done")
    stage.check(events=1, steps=150)


async def test_idle_processes_stop_at_once(stage: Stage, engine: AsyncEngine) -> None:
    processes = [stage.start("scheduler"), stage.start("worker")]
    await press(engine)
    until(stage.is_drained, "both are at work")
    for process in processes:
        process.terminate()
    for process in processes:
        assert process.wait(3) == 0


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _flush(redis: Redis) -> None:
    redis.flushdb()  # pyright: ignore[reportUnknownMemberType] - redis-py does not type its keywords

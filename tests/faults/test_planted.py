"""Whoever can write to Redis can waste a worker's time and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer, PickleSerializer, Serializer
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.ids import Uuid7Factory
from adapters.platform.jobs.doorbell import open_blocking_redis, queue_of
from domain.shared.events import Priority
from tests.contracts.platform.events import press
from tests.faults.conftest import Stage
from tests.processes import until

pytestmark = pytest.mark.anyio

QUEUE = queue_of(Priority.NORMAL)


def _plant(redis: Redis, serializer: Serializer, job_id: str, folder: Path) -> None:
    """Queue a job that makes the folder when it is run the way RQ runs jobs."""
    queue = Queue(QUEUE, connection=redis, serializer=serializer)
    job = queue.create_job("os.mkdir", args=(str(folder),), job_id=job_id)  # pyright: ignore[reportUnknownMemberType] - RQ leaves parts untyped
    queue.enqueue_job(job)


async def test_a_planted_job_runs_nothing_and_stops_nobody(stage: Stage, engine: AsyncEngine, tmp_path: Path) -> None:
    folder = tmp_path / "made-by-a-planted-job"
    with open_blocking_redis(stage.redis_url) as redis:
        for serializer in (PickleSerializer, JSONSerializer):
            _plant(redis, serializer, str(Uuid7Factory().new()), folder)
            _plant(redis, serializer, "not-an-event", folder)
        redis.hset("rq:job:broken", mapping={"created_at": "yesterday", "data": b"\x80"})
        redis.rpush(f"rq:queue:{QUEUE}", "broken", "absent")
        worker = stage.start("worker")
        stage.start("scheduler")
        await press(engine, count=3)
        until(stage.is_drained, "the events behind the planted jobs are dealt with")
        until(lambda: redis.llen(f"rq:queue:{QUEUE}") == 0, "the planted jobs are thrown away")
    stage.check(events=3, steps=1)
    assert worker.poll() is None
    assert not folder.exists()


async def test_the_planted_job_would_run_where_rq_runs_jobs(redis_url: str, tmp_path: Path) -> None:
    """The other test would be worth nothing if the job could not run at all."""
    folder = tmp_path / "made-by-a-planted-job"
    with open_blocking_redis(redis_url) as redis:
        queue = Queue(QUEUE, connection=redis, is_async=False, serializer=JSONSerializer)
        job = queue.create_job("os.mkdir", args=(str(folder),))  # pyright: ignore[reportUnknownMemberType] - RQ leaves parts untyped
        queue.enqueue_job(job)
    assert folder.exists()

"""Rings the workers through RQ. A ring may be lost, doubled or late: the row in the outbox is what counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final
from uuid import UUID

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from rq import Queue
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer

from adapters.platform.jobs.relay import Doorbell

QUEUE = "tapedeck"
# A job must name a function. This is a label for RQ's tools: our worker looks at a job's id and at nothing else.
_LABEL = "tapedeck.event"


def open_blocking_redis(url: str) -> Redis:
    """Return a client for RQ, which is synchronous; it gives up soon, so that its user can say that Redis is away."""
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - redis-py does not type its keywords
        url, socket_connect_timeout=2, socket_timeout=5, retry=Retry(ExponentialBackoff(cap=0.2, base=0.05), 1)
    )


@final
class RqDoorbell(Doorbell):
    """Puts a job whose id is the event's on the queue."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def ring(self, fresh: Sequence[UUID], again: Sequence[UUID]) -> None:
        """Ring for each event; one that was rung before is left alone where its ring still waits in the queue."""
        queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
        ids = [str(event_id) for event_id in fresh]
        if again:
            pipeline = self._redis.pipeline(transaction=False)  # pyright: ignore[reportUnknownMemberType] - so does redis-py
            for event_id in again:
                pipeline.lpos(queue.key, str(event_id))
            places: list[int | None] = pipeline.execute()
            ids += [str(event_id) for event_id, place in zip(again, places, strict=True) if place is None]
        if ids:
            queue.enqueue_many([_job(event_id) for event_id in ids])


def _job(event_id: str) -> EnqueueData:
    return Queue.prepare_data(  # pyright: ignore[reportUnknownMemberType] - RQ leaves parts untyped
        _LABEL, job_id=event_id, description=event_id
    )

"""Rings the workers through RQ. A ring may be lost, doubled or late: the row in the outbox is what counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from rq import Queue
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer

from adapters.platform.jobs.relay import Doorbell, Ring
from domain.shared.events import Priority


def queue_of(priority: Priority) -> str:
    """Return the name of the queue in which workers hear of events of this priority."""
    return f"tapedeck-{priority.name.lower()}"


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

    def ring(self, fresh: Sequence[Ring], again: Sequence[Ring]) -> None:
        """Ring for each event; one that was rung before is left alone where its ring still waits in the queue."""
        for priority in Priority:
            self._ring(
                Queue(queue_of(priority), connection=self._redis, serializer=JSONSerializer),
                [str(ring.event_id) for ring in fresh if ring.priority is priority],
                [str(ring.event_id) for ring in again if ring.priority is priority],
            )

    def _ring(self, queue: Queue, fresh: Sequence[str], again: Sequence[str]) -> None:
        ids = [*fresh]
        if again:
            pipeline = self._redis.pipeline(transaction=False)  # pyright: ignore[reportUnknownMemberType] - so does redis-py
            for event_id in again:
                pipeline.lpos(queue.key, event_id)
            places: list[int | None] = pipeline.execute()
            ids += [event_id for event_id, place in zip(again, places, strict=True) if place is None]
        if ids:
            queue.enqueue_many([_job(event_id) for event_id in ids])


def _job(event_id: str) -> EnqueueData:
    return Queue.prepare_data(  # pyright: ignore[reportUnknownMemberType] - RQ leaves parts untyped
        _LABEL, job_id=event_id, description=event_id
    )

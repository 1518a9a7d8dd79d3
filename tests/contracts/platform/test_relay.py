"""What the relay promises: every ready event is rung for, soon, and not more often than needed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import pytest
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.jobs.doorbell import RqDoorbell, open_blocking_redis, queue_of
from adapters.platform.jobs.relay import BATCH, Doorbell, Relay, Ring
from domain.shared.events import Priority
from tests.contracts.platform.events import change, look, press

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("_empty_outbox")]


class Bell(Doorbell):
    """Counts rings, or refuses to."""

    def __init__(self) -> None:
        self.fresh: Counter[UUID] = Counter()
        self.again: Counter[UUID] = Counter()
        self.is_away = False
        self.heard = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def ring(self, fresh: Sequence[Ring], again: Sequence[Ring]) -> None:
        """Count."""
        if self.is_away:
            raise RedisAway
        self.fresh.update(ring.event_id for ring in fresh)
        self.again.update(ring.event_id for ring in again)
        self._loop.call_soon_threadsafe(self.heard.set)


async def test_a_ready_event_is_rung_for_once(engine: AsyncEngine) -> None:
    bell = Bell()
    ids = await press(engine, count=3)
    relay = Relay(engine, bell)
    assert await relay.ring_ready() == 3
    assert await relay.ring_ready() == 0
    assert bell.fresh == Counter(ids)
    assert not bell.again


async def test_a_ring_in_vain_is_repeated_after_a_while(engine: AsyncEngine) -> None:
    bell = Bell()
    [event_id] = await press(engine)
    await Relay(engine, bell, ring_again_after_s=3600).ring_ready()
    await change(engine, event_id, "rung_at = now() - interval '59 minutes'")
    assert await Relay(engine, bell, ring_again_after_s=3600).ring_ready() == 0
    await change(engine, event_id, "rung_at = now() - interval '61 minutes'")
    assert await Relay(engine, bell, ring_again_after_s=3600).ring_ready() == 1
    assert bell.again == Counter([event_id])


@pytest.mark.parametrize("state", ["done_at = now()", "dead_at = now()", "available_at = now() + interval '1 minute'"])
async def test_what_is_done_dead_or_not_due_is_not_rung_for(engine: AsyncEngine, state: str) -> None:
    bell = Bell()
    [event_id] = await press(engine)
    await change(engine, event_id, state)
    assert await Relay(engine, bell).ring_ready() == 0


async def test_when_redis_is_away_the_event_waits_as_if_never_rung_for(engine: AsyncEngine) -> None:
    bell = Bell()
    [event_id] = await press(engine)
    bell.is_away = True
    with pytest.raises(RedisAway):
        await Relay(engine, bell).ring_ready()
    assert not (await look(engine, event_id)).is_rung
    bell.is_away = False
    await Relay(engine, bell).ring_ready()
    assert bell.fresh == Counter([event_id])


async def test_two_relays_share_the_work(engine: AsyncEngine) -> None:
    bell = Bell()
    ids = await press(engine, count=BATCH + 100)
    relays = [Relay(engine, bell), Relay(engine, bell)]
    while sum(await asyncio.gather(*(relay.ring_ready() for relay in relays))):
        pass
    assert bell.fresh == Counter(ids)
    assert not bell.again


async def test_a_commit_is_heard_without_waiting_for_the_poll(engine: AsyncEngine) -> None:
    bell = Bell()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Relay(engine, bell, poll_s=3600).run(stop))
        try:
            async with asyncio.timeout(60):
                # the first event may come before the listener and be found by its first look; the second is heard
                for _ in range(2):
                    bell.heard.clear()
                    await press(engine)
                    await bell.heard.wait()
        finally:
            stop.set()
    assert bell.fresh.total() == 2


async def test_a_ring_for_what_still_waits_in_the_queue_adds_nothing(engine: AsyncEngine, redis_url: str) -> None:
    waiting, lost = (Ring(event_id, Priority.LOW) for event_id in await press(engine, count=2))
    queue = f"rq:queue:{queue_of(Priority.LOW)}"
    with open_blocking_redis(redis_url) as redis:
        bell = RqDoorbell(redis)
        bell.ring([waiting, lost], [])
        redis.lrem(queue, 0, str(lost.event_id))
        bell.ring([], [waiting, lost])
        queued = redis.lrange(queue, 0, -1)
    assert queued == [str(waiting.event_id).encode(), str(lost.event_id).encode()]


async def test_each_priority_has_a_queue_of_its_own(engine: AsyncEngine, redis_url: str) -> None:
    rings = [
        Ring(event_id, priority) for event_id, priority in zip(await press(engine, count=4), Priority, strict=True)
    ]
    with open_blocking_redis(redis_url) as redis:
        RqDoorbell(redis).ring(rings, [])
        queued = [redis.lrange(f"rq:queue:{queue_of(ring.priority)}", 0, -1) for ring in rings]
    assert queued == [[str(ring.event_id).encode()] for ring in rings]

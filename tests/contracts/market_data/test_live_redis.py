"""How processes that hear feeds divide the work by leases in Redis, and what they say there of their feeds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from adapters.market_data.live.frames import SHARDS
from adapters.market_data.live.redis_commands import BusRedis
from adapters.market_data.live.redis_leases import PROCESSES, RedisShardLeases
from adapters.market_data.live.redis_reports import RedisFeedReports
from application.market_data.live.ports import FeedHealth

pytestmark = pytest.mark.anyio

ALL = frozenset(range(SHARDS))
PATIENCE_S = 60
# nobody's ends while a test looks at it
LEASE_MS = 60_000


@pytest.fixture
async def bus(redis_url: str) -> AsyncIterator[BusRedis]:
    """An empty bus."""
    client: Redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
        redis_url, socket_timeout=PATIENCE_S, retry=Retry(NoBackoff(), 0), protocol=2
    )
    yield BusRedis(client, patience_s=PATIENCE_S)
    await client.aclose()


def leases(bus: BusRedis) -> RedisShardLeases:
    """Return the leases of one more process."""
    return RedisShardLeases(bus, lease_ms=LEASE_MS)


async def settled(*processes: RedisShardLeases) -> list[frozenset[int]]:
    """Return what each holds once all have renewed often enough to know of each other."""
    for process in (*processes, *processes):
        await process.renew()
    return [await process.renew() for process in processes]


async def test_one_process_has_all(bus: BusRedis) -> None:
    assert await leases(bus).renew() == ALL


@pytest.mark.parametrize("count", [2, 3, 5])
async def test_several_share_evenly_and_no_shard_is_twice(bus: BusRedis, count: int) -> None:
    held = await settled(*(leases(bus) for _ in range(count)))
    assert frozenset[int]().union(*held) == ALL
    assert sum(map(len, held)) == SHARDS
    assert max(map(len, held)) <= -(-SHARDS // count)


async def test_who_gives_back_leaves_all_to_others_at_once(bus: BusRedis) -> None:
    first, second = leases(bus), leases(bus)
    await settled(first, second)
    await first.release()
    assert await second.renew() == ALL


async def test_a_dead_process_has_a_lease_no_longer_than_said(bus: BusRedis) -> None:
    first, second = leases(bus), leases(bus)
    mine, _ = await settled(first, second)
    [dead] = {await bus.run("GET", f"ticks:shard:{shard}") for shard in mine}
    assert isinstance(dead, bytes)
    names = [f"{PROCESSES}:{dead.decode()}", *(f"ticks:shard:{shard}" for shard in sorted(mine))]
    for name in names:
        left_ms = await bus.run("PTTL", name)
        assert isinstance(left_ms, int)
        assert 0 < left_ms <= LEASE_MS
    await bus.run("DEL", *names)  # as if the time had passed
    assert await second.renew() == ALL


async def test_an_emptied_redis_is_divided_anew(bus: BusRedis) -> None:
    first, second = leases(bus), leases(bus)
    await settled(first, second)
    await bus.run("FLUSHDB")
    one, other = await settled(first, second)
    assert (len(one), len(other), one | other) == (SHARDS // 2, SHARDS // 2, ALL)


async def test_what_processes_say_of_their_feeds_is_heard(bus: BusRedis) -> None:
    """What a dead one said ends, and what nobody of ours wrote is nothing."""
    alive = FeedHealth("massive", is_alive=True, connections=2, followed=40, silent_s=0.5, reconnects=1)
    silent = FeedHealth("yahoo", is_alive=False, connections=1, followed=3, silent_s=90.0, reconnects=0)
    first, second = RedisFeedReports(bus), RedisFeedReports(bus)
    assert await first.told() == []
    await first.tell([alive])
    await second.tell([silent])
    assert sorted(await first.told()) == [alive, silent]
    [*processes] = await _members(bus)
    await bus.run("SET", f"ticks:feeds:{processes[0]}", b"\xc1 nothing")
    assert len(await first.told()) == 1
    await bus.run("DEL", f"ticks:feeds:{processes[0]}")
    assert len(await first.told()) == 1
    assert len(await _members(bus)) == 1


async def _members(bus: BusRedis) -> list[str]:
    # what SMEMBERS answers with
    found = cast("set[bytes]", await bus.run("SMEMBERS", "ticks:feeds"))
    return sorted(each.decode() for each in found)

"""The count in Redis survives what happens to Redis: never too many are admitted, and nobody waits for it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import redis

from adapters.platform.limits.redis_limiter import PATIENCE_S, PREFIX, RedisRateLimiter, open_client
from adapters.platform.limits.script import SCRIPT
from domain.shared.errors import Unavailable
from domain.shared.rate_limit import Quota, admit
from tests.contracts.platform.limited import Wire, wired
from tests.profiles import is_deep

pytestmark = pytest.mark.anyio

DAY = 86_400
QUOTA = Quota(100, DAY)
KEY = "asha"
SEEDS = range(50 if is_deep() else 2)


@asynccontextmanager
async def limiting(
    url: str, *, processes: int = 1, open_s: float = 0.05, patience_s: float = 60
) -> AsyncIterator[RedisRateLimiter]:
    """The limiter of one process, which waits for Redis as long as it takes unless a test says otherwise."""
    client = open_client(url, patience_s=patience_s)
    limiter = RedisRateLimiter(client, processes=processes, open_s=open_s, patience_s=patience_s)
    try:
        yield limiter
    finally:
        await limiter.aclose()


async def admitted(limiter: RedisRateLimiter, asks: int, quota: Quota = QUOTA) -> int:
    verdicts = await asyncio.gather(*(limiter.take(KEY, quota) for _ in range(asks)))
    return sum(verdict.is_admitted for verdict in verdicts)


async def back(limiter: RedisRateLimiter) -> None:
    """Return when the limiter counts in Redis again; another key shows it."""
    async with asyncio.timeout(60):
        while True:
            await limiter.take("somebody else", QUOTA)
            if not limiter.is_away:
                return


def ask_script(client: redis.Redis, *, sequence: int, process: str = "p", line: Sequence[int]) -> tuple[int, int, int]:
    """Return when it was asked, how many were admitted, and the new arrival time."""
    script = client.register_script(SCRIPT)
    now, _, count, arrival = script(["epoch", "key"], [process, sequence, "", 0, *line])
    return int(now), int(count), int(arrival)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_script_decides_as_the_rule(redis_url: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same seed, the same faults
    # short intervals, so that something flows back while the test runs
    quota = Quota(chance.choice([2, 7, 300]), 1)
    arrival = 0
    with redis.Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
        for sequence in range(1, 400):
            asks = chance.randint(0, 3)
            line = [quota.interval_us, quota.burst_us, asks, sequence - 1, 0, 0, 0, 0]
            now, count, told = ask_script(client, sequence=sequence, line=line)
            expected, following = admit(quota, arrival, now, asks)
            # a key that has flowed back may be gone
            assert (count, max(told, now)) == (expected, max(following, now))
            arrival = following


def test_a_late_call_that_a_newer_one_has_overtaken_changes_nothing(redis_url: str) -> None:
    def line(asks: int, acknowledged: int = 0, *, after_loss: bool = False) -> list[int]:
        return [QUOTA.interval_us, QUOTA.burst_us, asks, acknowledged, 0, 0, 0, int(after_loss)]

    with redis.Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
        _, count, arrival = ask_script(client, sequence=2, line=line(10))
        assert count == 10
        assert ask_script(client, sequence=1, line=line(50))[1:] == (0, arrival)
        # one that changes nothing itself has overtaken the lost one all the same
        assert ask_script(client, sequence=5, line=line(0, 2, after_loss=True))[1:] == (0, arrival)
        assert ask_script(client, sequence=4, line=line(50, 2))[1:] == (0, arrival)


def test_what_a_lost_answer_was_charged_is_given_back_once(redis_url: str) -> None:
    def ask(sequence: int, asks: int, acknowledged: int) -> int:
        line = [QUOTA.interval_us, QUOTA.burst_us, asks, acknowledged, 0, 0, 0, 0]
        return ask_script(client, sequence=sequence, line=line)[1]

    with redis.Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
        assert ask(1, 60, 0) == 60
        # its answer was lost: 0 is the last call whose answer arrived
        assert ask(2, 100, 0) == 100
        assert ask(3, 100, 2) == 0


async def test_processes_count_together(redis_url: str) -> None:
    async with limiting(redis_url, processes=2) as one, limiting(redis_url, processes=2) as other:
        counts = await asyncio.gather(admitted(one, 300), admitted(other, 300))
    assert sum(counts) == 100


async def test_a_lone_process_goes_on_exactly_without_redis(redis_url: str) -> None:
    async with wired(redis_url) as wire, limiting(wire.url, patience_s=PATIENCE_S) as limiter:
        before = await admitted(limiter, 40)
        wire.set("held")
        during = await admitted(limiter, 40)
        assert limiter.is_away
        wire.set("open")
        wire.cut()
        await back(limiter)
        await limiter.probe()
        assert (before, during, await admitted(limiter, 300)) == (40, 40, 20)


async def test_health_tells_of_a_redis_that_is_not_asked(redis_url: str) -> None:
    async with wired(redis_url) as wire, limiting(wire.url, patience_s=PATIENCE_S) as limiter:
        await limiter.probe()
        wire.set("held")
        told = ""
        async with asyncio.timeout(60):
            while not told:
                await admitted(limiter, 1)
                try:
                    await limiter.probe()
                except Unavailable as error:
                    told = error.message
        assert "each process counts requests by itself" in told
        assert (limiter.probe.name, limiter.probe.is_essential) == ("limits", False)
        wire.set("open")


async def test_what_was_admitted_without_redis_is_told_to_redis_though_nobody_asks(redis_url: str) -> None:
    async with (
        wired(redis_url) as wire,
        limiting(wire.url, patience_s=PATIENCE_S) as limiter,
        limiting(redis_url) as other,
    ):
        wire.set("held")
        assert await admitted(limiter, 70) == 70
        wire.set("open")
        wire.cut()
        with redis.Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
            async with asyncio.timeout(60):
                while not client.exists(f"{PREFIX}{KEY}:{QUOTA.limit}/{QUOTA.period_s}"):  # noqa: ASYNC110 - it is seen from outside only
                    await asyncio.sleep(0.01)
        assert await admitted(other, 300) == 30


async def test_one_of_several_admits_only_its_share_of_what_flows_back(redis_url: str) -> None:
    """It cannot know what the others admitted since: at once nothing, later a fourth."""
    quota = Quota(400, 4)
    async with wired(redis_url) as wire, limiting(wire.url, processes=4, patience_s=PATIENCE_S) as limiter:
        began = time.monotonic()
        await admitted(limiter, 10, quota)
        wire.set("held")
        count = 0
        async with asyncio.timeout(60):
            while time.monotonic() - began < 1 or count < 10:
                count += await admitted(limiter, 5, quota)
        elapsed = time.monotonic() - began
    assert count <= 1 + elapsed * 400 / 4 / 4


async def test_nobody_waits_long_for_a_redis_that_is_slow(redis_url: str) -> None:
    waits: list[float] = []
    # two tries of a tenth, the rest is for a busy machine; once more where something else held it up
    while not waits or (min(waits) >= 0.45 and len(waits) < 3):
        waits.append(await longest_wait(redis_url))
    assert min(waits) < 0.45


async def longest_wait(redis_url: str) -> float:
    """Return how long who waits longest waits for a Redis that says nothing more."""
    waits: list[float] = []
    async with wired(redis_url) as wire, limiting(wire.url, open_s=1, patience_s=PATIENCE_S) as limiter:
        await admitted(limiter, 1)
        wire.set("held")
        for _ in range(30):
            began = time.monotonic()
            await limiter.take(KEY, QUOTA)
            waits.append(time.monotonic() - began)
    return max(waits)


async def test_an_emptied_redis_is_mended_by_what_a_lone_process_knows(redis_url: str) -> None:
    async with limiting(redis_url) as limiter:
        assert await admitted(limiter, 60) == 60
        empty(redis_url)
        assert await admitted(limiter, 300) == 40


async def test_processes_that_share_an_emptied_redis_admit_nothing_twice(redis_url: str) -> None:
    """The one that asks first knows least: it was not told what the other admitted later."""
    async with limiting(redis_url, processes=2) as one, limiting(redis_url, processes=2) as other:
        assert await admitted(one, 10) == 10
        assert await admitted(other, 60) == 60
        empty(redis_url)
        assert await admitted(one, 300) + await admitted(other, 300) <= 30


async def test_a_redis_that_nobody_has_used_yet_holds_nobody_up(redis_url: str) -> None:
    async with limiting(redis_url, processes=4) as limiter:
        assert await admitted(limiter, 300) == 100


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_happens_to_redis_never_too_many(redis_url: str, seed: int) -> None:
    """Three processes, each on a wire of its own that is held, cut and muted at random; Redis is emptied, too."""
    chance = random.Random(seed)  # noqa: S311 - the same seed, the same faults
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(wired(redis_url)) for _ in range(3)]
        limiters = [await stack.enter_async_context(limiting(wire.url, processes=3, patience_s=0.03)) for wire in wires]
        total = 0
        for _ in range(60):
            disturb(chance.choice(wires), chance)
            if chance.random() < 0.05:
                empty(redis_url)
            counts = await asyncio.gather(*(admitted(limiter, chance.randint(0, 4)) for limiter in limiters))
            total += sum(counts)
        for wire in wires:
            wire.set("open")
            wire.cut()
        for limiter in limiters:
            await back(limiter)
        for limiter in limiters:
            total += await admitted(limiter, 200)
    assert total <= 100


@pytest.mark.parametrize("seed", SEEDS)
async def test_lost_answers_cost_nobody_anything(redis_url: str, seed: int) -> None:
    """As long as Redis keeps its state, the limit is met exactly in the end, whatever answers were lost."""
    chance = random.Random(seed)  # noqa: S311 - the same seed, the same faults
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(wired(redis_url)) for _ in range(3)]
        limiters = [await stack.enter_async_context(limiting(wire.url, processes=3, patience_s=0.03)) for wire in wires]
        total = 0
        for _ in range(40):
            wire = chance.choice(wires)
            wire.set(chance.choice(["open", "mute"]))
            if wire.state == "open":
                wire.cut()
            total += sum(await asyncio.gather(*(admitted(limiter, 1) for limiter in limiters)))
        for wire in wires:
            wire.set("open")
            wire.cut()
        async with asyncio.timeout(60):
            while total < 100:
                for limiter in limiters:
                    total += await admitted(limiter, 200)
        for limiter in limiters:
            total += await admitted(limiter, 200)
    assert total == 100


def disturb(wire: Wire, chance: random.Random) -> None:
    what = chance.choice(["open", "open", "held", "mute", "cut"])
    if what == "cut":
        wire.set("open")
        wire.cut()
    elif what == "open":
        wire.set("open")
    elif what == "held":
        wire.set("held")
    else:
        wire.set("mute")


def empty(url: str) -> None:
    with redis.Redis.from_url(url) as client:  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
        client.flushdb()  # pyright: ignore[reportUnknownMemberType] - as above

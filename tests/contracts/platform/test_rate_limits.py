"""Every limiter counts alike: the rule alone on a clock that is told the time, and the script on Redis' own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from adapters.platform.limits.redis_limiter import RedisRateLimiter, open_client
from application.shared.rate_limits import RateLimiter
from domain.shared.rate_limit import Quota
from tests.fakes.platform import FakeClock, FakeRateLimiter

pytestmark = pytest.mark.anyio

DAY = 86_400


@dataclass(frozen=True, slots=True)
class World:
    """A limiter, and a way to let time pass for it."""

    limiter: RateLimiter
    let_pass: Callable[[int], Awaitable[None]]


@pytest.fixture(params=["rule", "redis"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A limiter that nobody has asked anything."""
    if request.param == "rule":
        clock = FakeClock()

        async def advance(seconds: int) -> None:
            clock.advance(seconds=seconds)

        yield World(FakeRateLimiter(clock), advance)
        return
    redis_url: str = request.getfixturevalue("redis_url")
    limiter = RedisRateLimiter(open_client(redis_url, patience_s=60), patience_s=60)

    async def wait(seconds: int) -> None:
        await asyncio.sleep(seconds)  # what a caller does who is told to wait: Redis cannot be told the time

    yield World(limiter, wait)
    await limiter.aclose()


async def test_a_burst_is_admitted_and_nothing_after_it(world: World) -> None:
    verdicts = [await world.limiter.take("asha", Quota(5, DAY)) for _ in range(7)]
    assert [verdict.is_admitted for verdict in verdicts] == [True] * 5 + [False] * 2
    assert [verdict.remaining for verdict in verdicts] == [4, 3, 2, 1, 0, 0, 0]
    assert all(verdict.retry_after_s == 0 for verdict in verdicts[:5])
    assert all(DAY // 5 - 60 <= verdict.retry_after_s <= DAY // 5 for verdict in verdicts[5:])
    assert DAY - 60 <= verdicts[-1].full_after_s <= DAY


async def test_callers_are_counted_apart(world: World) -> None:
    quota = Quota(1, DAY)
    assert (await world.limiter.take("asha", quota)).is_admitted
    assert (await world.limiter.take("ben", quota)).is_admitted
    assert not (await world.limiter.take("asha", quota)).is_admitted


async def test_a_new_quota_starts_a_new_count(world: World) -> None:
    """Whoever is given more is not held up by what they used of less."""
    assert (await world.limiter.take("asha", Quota(1, DAY))).is_admitted
    assert (await world.limiter.take("asha", Quota(2, DAY))).remaining == 1


async def test_whoever_waits_as_told_is_admitted_once_more(world: World) -> None:
    quota = Quota(3, 3)
    verdict = await world.limiter.take("asha", quota)
    while verdict.is_admitted:
        verdict = await world.limiter.take("asha", quota)
    assert verdict.retry_after_s == 1
    await world.let_pass(verdict.retry_after_s)
    assert (await world.limiter.take("asha", quota)).is_admitted


async def test_asking_in_vain_costs_nothing(world: World) -> None:
    quota = Quota(2, 4)
    verdicts = [await world.limiter.take("asha", quota) for _ in range(50)]
    # but for what flows back meanwhile
    assert sum(verdict.is_admitted for verdict in verdicts) < 10
    assert all(verdict.full_after_s <= 4 for verdict in verdicts)
    await world.let_pass(2)
    assert (await world.limiter.take("asha", quota)).is_admitted


async def test_of_many_at_once_exactly_the_limit_is_admitted(world: World) -> None:
    quota = Quota(100, DAY)
    verdicts = await asyncio.gather(*(world.limiter.take("asha", quota) for _ in range(700)))
    assert sum(verdict.is_admitted for verdict in verdicts) == 100

"""Every cache keeps alike: the one in memory on a clock that is told the time, and the layered one over Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from redis.asyncio import Redis

from adapters.platform.cache.keys import PREFIX
from application.shared.cache import Cache, Shelf, Tag
from domain.shared.errors import NotFound, Unavailable
from domain.shared.ids import OrganisationId
from tests.contracts.platform.caching import QUOTES, Question, Quote, Work, caching
from tests.fakes.cache import FakeCache
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

INFY = Question("INFY")
ASHA = OrganisationId(UUID(int=1))
BEN = OrganisationId(UUID(int=2))
BRIEF = Shelf(name="brief", version=1, kind=Quote, ttl_s=200, stale_s=400)


@dataclass(frozen=True, slots=True)
class World:
    """A cache, and a way to let time pass for it."""

    cache: Cache
    let_pass: Callable[[float], Awaitable[None]]


@pytest.fixture(params=["fake", "layered"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """A cache that nobody has asked anything."""
    if request.param == "fake":
        clock = FakeClock()

        async def advance(seconds: float) -> None:
            clock.advance(seconds=seconds)

        yield World(FakeCache(clock), advance)
        return

    url: str = request.getfixturevalue("redis_url")
    client: Redis = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
    ahead_s = 0.0

    async def kept(end: str = "") -> list[str | bytes]:
        return await client.keys(f"{PREFIX}*{end}")  # pyright: ignore[reportUnknownMemberType] - as above

    async def end_sooner(seconds: float) -> None:
        nonlocal ahead_s
        ahead_s += seconds
        # whoever works on an answer gives its lock back once it is stored
        while await kept(":lock"):  # noqa: ASYNC110 - it is seen from outside only
            await asyncio.sleep(0.001)
        # Redis cannot be told the time, but when a key ends
        for key in await kept():
            await client.pexpire(key, max(0, await client.pttl(key) - round(seconds * 1000)))

    async with caching(url, clock=lambda: time.monotonic() + ahead_s) as cache:
        yield World(cache, end_sooner)
    await client.aclose()


@pytest.fixture
def cache(world: World) -> Cache:
    """The cache alone."""
    return world.cache


async def test_what_was_worked_out_is_kept(cache: Cache) -> None:
    work, begun = Work(), time.monotonic()
    first = await cache.get(QUOTES, INFY, work, tenant=None)
    second = await cache.get(QUOTES, INFY, work, tenant=None)
    longest_s = time.monotonic() - begun
    assert (first.is_hit, second.is_hit, len(work.asked)) == (False, True, 1)
    assert first.value == second.value
    assert 0.9 * 60 - longest_s <= second.ttl_s <= 60
    assert 0 <= second.age_s <= longest_s
    assert not second.is_stale


async def test_an_answer_may_say_how_long_it_is_fresh(world: World) -> None:
    """Longer or shorter than its shelf says."""
    work = Work()
    for question, lasts_s in ((INFY, 60_000.0), (Question("TCS"), 100.0)):

        def lasts(_: Quote, told: float = lasts_s) -> float:
            return told

        first = await world.cache.get(BRIEF, question, work, tenant=None, lasts=lasts)
        assert 0.8 * lasts_s <= first.ttl_s <= lasts_s
    await world.let_pass(300)
    assert (await world.cache.get(BRIEF, INFY, work, tenant=None)).is_hit
    assert not (await world.cache.get(BRIEF, Question("TCS"), work, tenant=None)).is_hit


async def test_the_work_is_given_the_question_and_nothing_else(cache: Cache) -> None:
    work = Work()
    await cache.get(QUOTES, INFY, work, tenant=None)
    assert work.asked == [INFY]


@pytest.mark.parametrize(
    ("shelf", "tenant", "question"),
    [
        (QUOTES, None, Question("TCS")),
        (QUOTES, None, Question("INFY", INFY.day.replace(day=1))),
        (QUOTES, BEN, INFY),
        (QUOTES, None, INFY),
        (Shelf("quote", 2, Quote, 60), ASHA, INFY),
        (Shelf("other", 1, Quote, 60), ASHA, INFY),
    ],
)
async def test_an_answer_to_something_else_is_never_given(
    cache: Cache, shelf: Shelf[Quote], tenant: OrganisationId | None, question: Question
) -> None:
    await cache.get(QUOTES, INFY, Work(), tenant=ASHA)
    assert not (await cache.get(shelf, question, Work(), tenant=tenant)).is_hit


async def test_an_answer_is_given_no_longer_than_its_shelf_says(world: World) -> None:
    work = Work()
    await world.cache.get(BRIEF, INFY, work, tenant=None)
    await world.let_pass(210)
    again = await world.cache.get(BRIEF, INFY, work, tenant=None)
    assert (again.is_hit, again.value.times) == (False, 2)


async def test_a_stale_answer_stands_in_while_the_work_fails_and_says_how_old_it_is(world: World) -> None:
    work = Work()
    await world.cache.get(BRIEF, INFY, work, tenant=None)
    await world.let_pass(210)
    work.error = Unavailable("The provider does not answer.")
    stood_in = await world.cache.get(BRIEF, INFY, work, tenant=None)
    assert (stood_in.is_stale, stood_in.is_hit, stood_in.ttl_s, stood_in.value.times) == (True, True, 0.0, 1)
    assert stood_in.age_s >= 200


async def test_an_answer_that_is_too_old_stands_in_for_nothing(world: World) -> None:
    work = Work()
    await world.cache.get(BRIEF, INFY, work, tenant=None)
    await world.let_pass(610)
    work.error = Unavailable("The provider does not answer.")
    with pytest.raises(Unavailable):
        await world.cache.get(BRIEF, INFY, work, tenant=None)


async def test_an_error_that_is_an_answer_replaces_a_stale_one(world: World) -> None:
    """Not found is what holds now, however good the old answer looks."""
    work = Work()
    await world.cache.get(BRIEF, INFY, work, tenant=None)
    await world.let_pass(210)
    work.error = NotFound("instrument", "INFY")
    with pytest.raises(NotFound):
        await world.cache.get(BRIEF, INFY, work, tenant=None)


async def test_what_the_work_raises_is_not_kept(cache: Cache) -> None:
    work = Work(error=NotFound("instrument", "INFY"))
    for _ in range(2):
        with pytest.raises(NotFound):
            await cache.get(QUOTES, INFY, work, tenant=None)
    work.error = None
    assert (await cache.get(QUOTES, INFY, work, tenant=None)).value.times == 3


async def test_what_is_forgotten_is_worked_out_anew(cache: Cache) -> None:
    tag = Tag("prices", ASHA)
    work = Work()
    await cache.get(QUOTES, INFY, work, tenant=ASHA, tags=[tag, Tag("splits", None)])
    await cache.forget([tag])
    assert (await cache.get(QUOTES, INFY, work, tenant=ASHA, tags=[tag, Tag("splits", None)])).value.times == 2


async def test_forgetting_leaves_other_tags_and_other_tenants_alone(cache: Cache) -> None:
    work = Work()
    for tenant in (ASHA, BEN):
        await cache.get(QUOTES, INFY, work, tenant=tenant, tags=[Tag("prices", tenant)])
    await cache.forget([Tag("prices", BEN), Tag("splits", ASHA), Tag("prices", None)])
    assert (await cache.get(QUOTES, INFY, work, tenant=ASHA, tags=[Tag("prices", ASHA)])).is_hit
    assert not (await cache.get(QUOTES, INFY, work, tenant=BEN, tags=[Tag("prices", BEN)])).is_hit


async def test_a_forgotten_answer_does_not_even_stand_in(world: World) -> None:
    """It is not old but wrong."""
    work, tag = Work(), Tag("prices", ASHA)
    await world.cache.get(BRIEF, INFY, work, tenant=ASHA, tags=[tag])
    await world.cache.forget([tag])
    work.error = Unavailable("The provider does not answer.")
    with pytest.raises(Unavailable):
        await world.cache.get(BRIEF, INFY, work, tenant=ASHA, tags=[tag])


async def test_it_counts_what_it_does(cache: Cache) -> None:
    work = Work()
    for _ in range(3):
        await cache.get(QUOTES, INFY, work, tenant=None)
    counted = cache.statistics()["quote"]
    assert (counted.local_hits, counted.misses, counted.shared_hits, counted.stale) == (2, 1, 0, 0)

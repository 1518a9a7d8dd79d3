"""What holds of the cache over Redis beyond what every cache promises: processes, storms, and what befalls Redis."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from uuid import UUID

import pytest
import redis

from adapters.platform.cache.keys import PREFIX, entry_key
from adapters.platform.cache.lane import Away, Lane
from application.shared.cache import Shelf, Tag
from domain.shared.errors import Unavailable
from domain.shared.ids import OrganisationId
from tests.contracts.platform.caching import QUOTES, Question, Quote, Work, caching
from tests.contracts.platform.limited import open_redis, wired
from tests.faults.servers import limit_memory

pytestmark = pytest.mark.anyio

INFY = Question("INFY")
ASHA = OrganisationId(UUID(int=1))
TAG = Tag("prices", ASHA)


def connect(url: str) -> redis.Redis:
    """Return a client of somebody who may do anything."""
    return redis.Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType] - its keywords have no types


def keys(url: str) -> list[bytes]:
    """Return what the cache keeps in Redis."""
    with connect(url) as client:
        found = client.keys(f"{PREFIX}*")  # pyright: ignore[reportUnknownMemberType] - nor has the client
        return sorted(key for key in found if isinstance(key, bytes))


async def test_another_process_is_given_what_this_one_worked_out(redis_url: str) -> None:
    work = Work()
    async with caching(redis_url) as one:
        first = await one.get(QUOTES, INFY, work, tenant=None)
    async with caching(redis_url) as other:
        second = await other.get(QUOTES, INFY, work, tenant=None)
        counted = other.statistics()["quote"]
    assert (second.is_hit, second.value, len(work.asked)) == (True, first.value, 1)
    assert (counted.shared_hits, counted.misses) == (1, 0)


async def test_the_age_goes_on_in_another_process(redis_url: str) -> None:
    async with caching(redis_url) as one, caching(redis_url) as other:
        begun = time.monotonic()
        await one.get(QUOTES, INFY, Work(), tenant=None)
        await asyncio.sleep(0.2)  # Redis cannot be told the time
        age_s = (await other.get(QUOTES, INFY, Work(), tenant=None)).age_s
        # it is told in whole milliseconds
        assert 0.2 <= age_s <= time.monotonic() - begun + 0.01


async def test_a_storm_within_a_process_has_the_work_done_once(redis_url: str) -> None:
    work = Work()
    work.gate.clear()
    async with caching(redis_url) as cache:
        asking = [asyncio.create_task(cache.get(QUOTES, INFY, work, tenant=None)) for _ in range(200)]
        await work.begun.wait()
        work.gate.set()
        answers = await asyncio.gather(*asking)
    assert len(work.asked) == 1
    assert {answer.value.times for answer in answers} == {1}


async def test_a_storm_over_processes_has_the_work_done_once(redis_url: str) -> None:
    work = Work()
    work.gate.clear()
    async with caching(redis_url) as one, caching(redis_url) as other:
        asking = [asyncio.create_task(each.get(QUOTES, INFY, work, tenant=None)) for each in (one, other) * 20]
        await work.begun.wait()
        work.gate.set()
        answers = await asyncio.gather(*asking)
    assert len(work.asked) == 1
    assert {answer.value.times for answer in answers} == {1}


async def test_whoever_does_the_work_and_dies_holds_nobody_up_for_long(redis_url: str) -> None:
    stuck, work = Work(), Work()
    stuck.gate.clear()
    async with caching(redis_url, lock_s=0.2) as one, caching(redis_url) as other:
        dying = asyncio.create_task(one.get(QUOTES, INFY, stuck, tenant=None))
        await stuck.begun.wait()
        assert (await other.get(QUOTES, INFY, work, tenant=None)).value.times == 1
        stuck.gate.set()
        await dying


async def test_work_that_fails_leaves_the_right_to_the_next(redis_url: str) -> None:
    async with caching(redis_url) as one, caching(redis_url) as other:
        with pytest.raises(Unavailable):
            await one.get(QUOTES, INFY, Work(error=Unavailable("No.")), tenant=None)
        # the right itself would end much later
        async with asyncio.timeout(60):
            assert (await other.get(QUOTES, INFY, Work(), tenant=None)).value.times == 1


async def test_who_goes_away_takes_nothing_from_those_who_wait(redis_url: str) -> None:
    work = Work()
    work.gate.clear()
    async with caching(redis_url) as cache:
        gone = asyncio.create_task(cache.get(QUOTES, INFY, work, tenant=None))
        stays = asyncio.create_task(cache.get(QUOTES, INFY, work, tenant=None))
        await work.begun.wait()
        gone.cancel()
        work.gate.set()
        assert (await stays).value.times == 1
        assert (await cache.get(QUOTES, INFY, work, tenant=None)).is_hit


async def test_an_answer_in_demand_is_made_anew_before_it_ends_and_nobody_waits(redis_url: str) -> None:
    shelf = Shelf("costly", 1, Quote, ttl_s=600)
    chance, ahead_s = 0.0, 0.0
    work = Work()

    async def take_long(question: Question) -> Quote:
        nonlocal ahead_s
        ahead_s += 100  # on the clock of the process
        return await work(question)

    async with caching(redis_url, chance=lambda: chance, clock=lambda: time.monotonic() + ahead_s) as cache:
        await cache.get(shelf, INFY, take_long, tenant=None)
        # as near to certain as a number can be: the work would have to take 1/36 of the time that is left
        chance = 1 - 2**-53
        work.gate.clear()
        work.begun.clear()
        async with asyncio.timeout(60):
            while not work.begun.is_set():
                await cache.get(shelf, INFY, take_long, tenant=None)
                await asyncio.sleep(0.001)
        answers = [await cache.get(shelf, INFY, take_long, tenant=None) for _ in range(10)]
        assert {(answer.is_hit, answer.value.times) for answer in answers} == {(True, 1)}
        chance = 0.0
        work.gate.set()
        async with asyncio.timeout(60):
            times = 1
            while times == 1:
                times = (await cache.get(shelf, INFY, take_long, tenant=None)).value.times
                await asyncio.sleep(0.001)
        assert len(work.asked) == 2
        assert cache.statistics()["costly"].refreshes == 1


async def test_answers_of_one_moment_end_at_different_ones_and_none_too_late(redis_url: str) -> None:
    chances = iter([0.0, 0.25, 0.5, 0.75, 0.999])
    # no time passes, or what the work took would be missing
    async with caching(redis_url, chance=lambda: next(chances), clock=lambda: 0.0) as cache:
        left = [(await cache.get(QUOTES, Question(f"SYM{n}"), Work(), tenant=None)).ttl_s for n in range(5)]
    assert left == sorted(left)
    assert left[0] == pytest.approx(54)
    assert 59 < left[-1] <= 60


async def test_the_work_does_not_see_what_only_its_caller_may(redis_url: str) -> None:
    """An open transaction is known by the context, and what it alone can see must not be kept for everybody."""
    transaction: ContextVar[str] = ContextVar("transaction", default="none")
    transaction.set("open")

    async def work(question: Question) -> Quote:
        assert transaction.get() == "none"
        return await Work()(question)

    async with caching(redis_url) as cache:
        assert not (await cache.get(QUOTES, INFY, work, tenant=None)).is_hit


async def test_what_was_under_way_when_its_tag_was_forgotten_is_not_kept(redis_url: str) -> None:
    old, new = Work(), Work()
    old.gate.clear()
    async with caching(redis_url) as one, caching(redis_url) as other:
        before = asyncio.create_task(one.get(QUOTES, INFY, old, tenant=ASHA, tags=[TAG]))
        await old.begun.wait()
        await other.forget([TAG])
        old.gate.set()
        await before
        async with caching(redis_url) as third:
            assert not (await third.get(QUOTES, INFY, new, tenant=ASHA, tags=[TAG])).is_hit


async def test_who_asks_after_forgetting_is_not_given_what_was_under_way(redis_url: str) -> None:
    old = Work()
    old.gate.clear()
    async with caching(redis_url, lock_s=0.1) as cache:
        before = asyncio.create_task(cache.get(QUOTES, INFY, old, tenant=ASHA, tags=[TAG]))
        await old.begun.wait()
        await cache.forget([TAG])
        new = Work()
        answer = await cache.get(QUOTES, INFY, new, tenant=ASHA, tags=[TAG])
        assert (len(new.asked), answer.is_hit) == (1, False)
        old.gate.set()
        await before


async def test_other_processes_hear_of_forgetting_within_the_time_of_the_shelf(redis_url: str) -> None:
    shelf = Shelf("quick", 1, Quote, ttl_s=60, local_s=0.2)
    work = Work()
    async with caching(redis_url) as one, caching(redis_url) as other:
        await other.get(shelf, INFY, work, tenant=ASHA, tags=[TAG])
        await one.forget([TAG])
        await asyncio.sleep(0.2)  # Redis cannot be told the time
        assert (await other.get(shelf, INFY, work, tenant=ASHA, tags=[TAG])).value.times == 2


async def test_a_tag_that_was_evicted_takes_its_answers_with_it(redis_url: str) -> None:
    """Nobody can tell any more whether it was forgotten meanwhile."""
    work = Work()
    async with caching(redis_url) as one:
        await one.get(QUOTES, INFY, work, tenant=ASHA, tags=[TAG])
    with connect(redis_url) as client:
        assert client.delete(*[key for key in keys(redis_url) if b":tag:" in key]) == 1
    async with caching(redis_url) as other:
        assert (await other.get(QUOTES, INFY, work, tenant=ASHA, tags=[TAG])).value.times == 2


GARBAGE: list[Callable[[bytes], bytes]] = [
    lambda _: b"",
    lambda _: b"\x00",
    lambda good: secrets.token_bytes(len(good)),
    lambda good: good[:-1],
    lambda good: good + b"\x00",
    lambda good: bytes([good[0] ^ 1]) + good[1:],
    lambda good: good[:40] + bytes([good[40] ^ 0x80]) + good[41:],
    lambda _: b'{"price": "NaN"}',
]


@pytest.mark.parametrize("spoil", GARBAGE)
async def test_bytes_that_are_not_ours_are_a_miss(redis_url: str, spoil: Callable[[bytes], bytes]) -> None:
    key = entry_key(QUOTES, None, INFY)
    async with caching(redis_url) as one:
        await one.get(QUOTES, INFY, Work(), tenant=None)
    with connect(redis_url) as client:
        good = client.get(key)
        assert isinstance(good, bytes)
        client.set(key, spoil(good), px=60_000)
    work = Work()
    async with caching(redis_url) as other:
        assert not (await other.get(QUOTES, INFY, work, tenant=None)).is_hit
        assert other.statistics()["quote"].broken == 1
    async with caching(redis_url) as third:
        assert (await third.get(QUOTES, INFY, work, tenant=None)).is_hit, "it was replaced by a good one"


async def test_an_answer_of_somebody_elses_key_is_a_miss(redis_url: str) -> None:
    """A genuine answer that was copied to another question or another tenant is no answer to it."""
    async with caching(redis_url) as one:
        await one.get(QUOTES, Question("TCS"), Work(), tenant=ASHA)
    with connect(redis_url) as client:
        good = client.get(entry_key(QUOTES, ASHA, Question("TCS")))
        assert isinstance(good, bytes)
        client.set(entry_key(QUOTES, None, INFY), good, px=60_000)
    async with caching(redis_url) as other:
        assert not (await other.get(QUOTES, INFY, Work(), tenant=None)).is_hit


async def test_an_answer_that_was_made_to_last_is_a_miss(redis_url: str) -> None:
    async with caching(redis_url) as one:
        await one.get(QUOTES, INFY, Work(), tenant=None)
    with connect(redis_url) as client:
        client.persist(entry_key(QUOTES, None, INFY))
    async with caching(redis_url) as other:
        assert not (await other.get(QUOTES, INFY, Work(), tenant=None)).is_hit


async def test_an_answer_sealed_with_another_secret_is_a_miss(redis_url: str) -> None:
    async with caching(redis_url, secret="another secret altogether") as stranger:
        await stranger.get(QUOTES, INFY, Work(), tenant=None)
    async with caching(redis_url) as ours:
        assert not (await ours.get(QUOTES, INFY, Work(), tenant=None)).is_hit


async def test_an_older_form_of_an_answer_is_a_miss(redis_url: str) -> None:
    """Whoever forgets to raise the version of a shelf has a slow start and no error."""

    async def old_work(question: Question) -> str:
        return question.symbol

    old = Shelf("quote", 1, str, 60)
    async with caching(redis_url) as one:
        await one.get(old, INFY, old_work, tenant=None)
    async with caching(redis_url) as other:
        assert not (await other.get(QUOTES, INFY, Work(), tenant=None)).is_hit


@pytest.mark.parametrize("kind", ["list", "hash"])
async def test_keys_of_another_type_are_a_miss(redis_url: str, kind: str) -> None:
    key, lock = entry_key(QUOTES, None, INFY), entry_key(QUOTES, None, INFY) + ":lock"
    with connect(redis_url) as client:
        for name in (key, lock):
            if kind == "list":
                client.rpush(name, "planted")
            else:
                client.hset(name, "planted", "1")
    async with caching(redis_url, wait_s=0.2) as cache:
        assert (await cache.get(QUOTES, INFY, Work(), tenant=None)).value.times == 1


async def test_without_redis_the_work_is_done_and_kept_here(redis_url: str) -> None:
    work = Work()
    async with wired(redis_url) as wire, caching(wire.url, patience_s=0.2) as cache:
        wire.set("held")
        for _ in range(3):
            await cache.get(QUOTES, INFY, work, tenant=None)
        assert len(work.asked) == 1
        assert (await cache.get(QUOTES, Question("TCS"), work, tenant=None)).value.times == 2
        wire.set("open")


async def test_nobody_waits_twice_for_a_redis_that_is_slow(redis_url: str) -> None:
    async with wired(redis_url) as wire, caching(wire.url, patience_s=0.1, open_s=600) as cache:
        wire.set("held")
        # together they would wait for minutes
        async with asyncio.timeout(60):
            for number in range(2_000):
                await cache.get(QUOTES, Question(f"SYM{number}"), Work(), tenant=None)
        wire.set("open")


async def test_health_tells_of_a_redis_that_is_not_asked(redis_url: str) -> None:
    async with wired(redis_url) as wire:
        lane = Lane(open_redis(wire.url), patience_s=0.1, open_s=60)
        await lane.probe()
        wire.set("held")
        with pytest.raises(Away):
            await lane.run([("PING",)])
        with pytest.raises(Unavailable, match="each process keeps what it can by itself"):
            await lane.probe()
        wire.set("open")
        await lane.aclose()


async def test_redis_is_used_again_once_it_is_back(redis_url: str) -> None:
    async with wired(redis_url) as wire, caching(wire.url, open_s=0.05) as cache:
        await cache.get(QUOTES, Question("TCS"), Work(), tenant=None)
        wire.cut()
        await cache.get(QUOTES, Question("HDFC"), Work(), tenant=None)
        async with asyncio.timeout(60):
            number = 0
            while entry_key(QUOTES, None, Question(f"SYM{number}")).encode() not in keys(redis_url):
                number += 1
                await cache.get(QUOTES, Question(f"SYM{number}"), Work(), tenant=None)
                await asyncio.sleep(0.01)


async def test_forgetting_that_cannot_be_told_is_an_error(redis_url: str) -> None:
    """The reaction to an event tries it again."""
    async with wired(redis_url) as wire, caching(wire.url, patience_s=0.1) as cache:
        wire.set("held")
        with pytest.raises(Unavailable):
            await cache.forget([TAG])
        wire.set("open")


async def test_a_full_redis_holds_nobody_up(redis_url: str) -> None:
    work = Work()
    with connect(redis_url) as client:
        limit_memory(client, 1)
        try:
            # who waited for the right to do the work would wait for longer
            async with caching(redis_url) as cache, asyncio.timeout(60):
                assert (await cache.get(QUOTES, INFY, work, tenant=None)).value.times == 1
                assert (await cache.get(QUOTES, INFY, work, tenant=None)).is_hit
        finally:
            limit_memory(client, 0)


async def test_everything_in_redis_ends(redis_url: str) -> None:
    """A cache that fills a server for ever is a leak."""
    async with caching(redis_url) as cache:
        await cache.get(QUOTES, INFY, Work(), tenant=ASHA, tags=[TAG])
    with connect(redis_url) as client:
        assert len(keys(redis_url)) == 2
        assert all(client.pttl(key) > 0 for key in keys(redis_url))

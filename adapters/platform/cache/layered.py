"""The cache: what this process holds, over what all processes share, over the work itself.

Many who ask for the same at once have the work done once: within the process by waiting for the same task, among
processes by a lock in Redis that only saves work. Answers in demand are made anew a little before they end, the sooner
the longer their work takes (Vattani et al., "Optimal probabilistic cache stampede prevention", 2015).
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, cast, final

from adapters.platform.cache.entries import Entry, decode, encode
from adapters.platform.cache.keys import entry_key, tag_key
from adapters.platform.cache.lane import Away
from adapters.platform.cache.memory import Held, Memory
from adapters.platform.cache.shared import Claim, Found, SharedEntries
from application.shared.cache import Cache, Cached, Q, Shelf, ShelfStatistics, Tag, V
from domain.shared.errors import Unavailable
from domain.shared.ids import OrganisationId

T = TypeVar("T")

# answers end at different moments, though never later than their shelf says
_SHORTEST_LIFE: Final = 0.9
# while the work fails, how long a stale answer is given before it is tried again
_STANDS_IN_S: Final = 1.0
# two tellings of one moment, each by way of Redis' clock, are no further apart
_SAME_S: Final = 0.02
_FIRST_LOOK_S: Final = 0.005
_LONGEST_LOOK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class _Wanted(Generic[T]):
    """One question in hand; `known` is the answer that there is, where it is to be made anew."""

    shelf: Shelf[T]
    key: str
    tags: tuple[str, ...]
    work: Callable[[], Awaitable[T]]
    statistics: ShelfStatistics
    known: Held | None
    lasts: Callable[[T], float] | None = None


@dataclass(frozen=True, slots=True)
class _Flight:
    """An answer that somebody is getting; whoever asks meanwhile waits for it."""

    tags: tuple[str, ...]
    answer: asyncio.Future[object]


@final
class LayeredCache(Cache):
    """One per process."""

    def __init__(
        self,
        memory: Memory,
        shared: SharedEntries,
        close: Callable[[], Awaitable[None]],
        *,
        wait_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._memory = memory
        self._shared = shared
        self._close = close
        self._wait_s = wait_s
        self._clock = clock
        self._chance = chance
        self._flights: dict[str, _Flight] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._statistics: dict[str, ShelfStatistics] = {}
        # how often something was forgotten here: work that began before has seen the old state
        self._forgotten = 0

    async def get(
        self,
        shelf: Shelf[V],
        question: Q,
        work: Callable[[Q], Awaitable[V]],
        *,
        tenant: OrganisationId | None,
        tags: Collection[Tag] = (),
        lasts: Callable[[V], float] | None = None,
    ) -> Cached[V]:
        """Return what is kept, or what the work gives."""
        key = entry_key(shelf, tenant, question)
        statistics = self._statistics.get(shelf.name)
        if statistics is None:
            statistics = self._statistics[shelf.name] = ShelfStatistics()
        now = self._clock()
        held = self._memory.get(key)
        is_fresh = held is not None and held.is_fresh(now)
        if held is not None and is_fresh and not self._is_early(held, now):
            statistics.local_hits += 1
            return _given(held, now)
        if held is not None and now < held.stands_in_until:
            statistics.stale += 1
            return _given(held, now, is_stale=True)
        names = tuple(tag_key(tag) for tag in tags)
        wanted = _Wanted(shelf, key, names, lambda: work(question), statistics, held if is_fresh else None, lasts)
        flight = self._begin(wanted)
        if held is not None and is_fresh:
            # it is still good: whoever asks now does not wait for the next
            statistics.local_hits += 1
            return _given(held, now)
        # the key is that of the shelf, whose answers are of its kind
        return cast("Cached[V]", await asyncio.shield(flight))

    async def forget(self, tags: Collection[Tag]) -> None:
        """Drop the answers here at once, in other processes within their shelf's `local_s`."""
        keys = frozenset(tag_key(tag) for tag in tags)
        self._drop(keys)
        try:
            await self._shared.forget(sorted(keys))
        except Away as error:
            raise Unavailable("What is cached cannot be forgotten now; try again.") from error
        finally:
            # and what was read of Redis before it knew
            self._drop(keys)

    def statistics(self) -> Mapping[str, ShelfStatistics]:
        """Return what this process did."""
        return self._statistics

    async def aclose(self) -> None:
        """End what is under way, and close the connection."""
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._close()

    def _drop(self, keys: Collection[str]) -> None:
        self._forgotten += 1
        self._memory.drop_tagged(keys)
        # who asks from now on must not be given what is under way
        for key, flight in list(self._flights.items()):
            if not set(keys).isdisjoint(flight.tags):
                del self._flights[key]

    def _begin(self, wanted: _Wanted[T]) -> asyncio.Future[object]:
        """Return what will be the answer; one task finds it, whoever asks and however many go away again."""
        known = self._flights.get(wanted.key)
        if known is not None:
            return known.answer
        flight = _Flight(wanted.tags, asyncio.get_running_loop().create_future())
        self._flights[wanted.key] = flight
        # nobody may be waiting any more when it fails
        flight.answer.add_done_callback(_seen)
        # a context of its own: nothing that the caller's transaction alone can see may be kept for others
        task = asyncio.create_task(self._fly(wanted, flight), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return flight.answer

    async def _fly(self, wanted: _Wanted[T], flight: _Flight) -> None:
        claim: Claim | None = None
        entry: Entry | None = None
        forgotten = self._forgotten
        try:
            answer, claim = await self._look(wanted)
            if answer is None:
                answer, entry = await self._work(wanted, claim, forgotten)
            flight.answer.set_result(answer)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            flight.answer.set_exception(error)
        finally:
            if self._flights.get(wanted.key) is flight:
                del self._flights[wanted.key]
            if not flight.answer.done():
                flight.answer.cancel()
        if claim is not None:
            with suppress(Away):
                await (self._shared.release(claim) if entry is None else self._shared.store(claim, entry))

    async def _look(self, wanted: _Wanted[T]) -> tuple[Cached[T] | None, Claim | None]:
        """Return what others know, or the right to find out; neither without Redis or when others take too long."""
        end, pause = self._clock() + self._wait_s, _FIRST_LOOK_S
        try:
            while self._clock() < end:
                forgotten = self._forgotten
                found = await self._shared.read(wanted.key, wanted.tags)
                wanted.statistics.broken += found.is_broken
                if wanted.tags and forgotten != self._forgotten:
                    continue
                answer = self._take(wanted, found)
                if answer is not None:
                    return answer, None
                claim, found = await self._shared.claim(wanted.key, wanted.tags)
                if claim is not None:
                    # with an answer after all there is a right to give back
                    return self._take(wanted, found), claim
                if wanted.known is not None:
                    # somebody else makes it anew, and what there is still does
                    return _given(wanted.known, self._clock()), None
                await asyncio.sleep(pause * (0.5 + self._chance()))
                pause = min(2 * pause, _LONGEST_LOOK_S)
        except Away:
            pass
        return None, None

    def _take(self, wanted: _Wanted[T], found: Found) -> Cached[T] | None:
        """Hold what was found; return it if it may be given."""
        entry = found.entry
        if entry is None:
            if wanted.tags:
                # what is held here may have been forgotten elsewhere, and must not stand in either
                self._memory.drop(wanted.key)
            return None
        value = decode(entry.body, wanted.shelf.kind)
        if value is None:
            wanted.statistics.broken += 1
            return None
        now, made_at = self._clock(), self._clock() - found.age_s
        if wanted.known is not None and made_at < wanted.known.made_at + _SAME_S:
            return None
        fresh_s, cost_s = entry.fresh_ms / 1000, entry.cost_ms / 1000
        held = self._hold(wanted, value, size=len(entry.body), made_at=made_at, fresh_s=fresh_s, cost_s=cost_s)
        if not found.is_fresh:
            return None
        wanted.statistics.shared_hits += 1
        return _given(held, now)

    async def _work(self, wanted: _Wanted[T], claim: Claim | None, forgotten: int) -> tuple[Cached[T], Entry | None]:
        shelf = wanted.shelf
        held = self._memory.get(wanted.key)
        begun = self._clock()
        try:
            value = await wanted.work()
        except Unavailable:
            if held is None or self._clock() >= held.keep_until:
                raise
            held.stands_in_until = self._clock() + _STANDS_IN_S
            wanted.statistics.stale += 1
            return _given(held, self._clock(), is_stale=True), None
        now = self._clock()
        cost_s = now - begun
        longest_s = shelf.ttl_s if wanted.lasts is None else wanted.lasts(value)
        fresh_s = longest_s * (_SHORTEST_LIFE + (1 - _SHORTEST_LIFE) * self._chance())
        body = encode(value)
        if wanted.known is None:
            wanted.statistics.misses += 1
        else:
            wanted.statistics.refreshes += 1
        if wanted.tags and forgotten != self._forgotten:
            # something was forgotten meanwhile, and this may be what it was before
            return Cached(value, is_hit=False, age_s=cost_s, ttl_s=0.0), None
        self._hold(wanted, value, size=len(body), made_at=begun, fresh_s=fresh_s, cost_s=cost_s)
        entry = None
        if claim is not None:
            keep_ms = math.ceil((fresh_s + shelf.stale_s) * 1000)
            times = (math.floor(fresh_s * 1000), keep_ms, math.ceil(cost_s * 1000))
            entry = Entry(wanted.key, claim.tokens, *times, body)
        return Cached(value, is_hit=False, age_s=cost_s, ttl_s=max(0.0, fresh_s - cost_s)), entry

    def _hold(self, wanted: _Wanted[T], value: T, *, size: int, made_at: float, fresh_s: float, cost_s: float) -> Held:
        held = Held(
            value=value,
            size=size,
            tags=wanted.tags,
            made_at=made_at,
            fresh_until=made_at + fresh_s,
            keep_until=made_at + fresh_s + wanted.shelf.stale_s,
            ask_at=self._clock() + wanted.shelf.local_s if wanted.tags else math.inf,
            cost_s=cost_s,
        )
        self._memory.put(wanted.key, held)
        return held

    def _is_early(self, held: Held, now: float) -> bool:
        """Decide by chance whether to make a fresh answer anew already."""
        # 1 - chance lies above zero, which has no logarithm
        return -held.cost_s * math.log(1 - self._chance()) >= held.fresh_until - now


def _given(held: Held, now: float, *, is_stale: bool = False) -> Cached[T]:
    # what is held under a key is of the kind of its shelf
    value = cast("T", held.value)
    return Cached(
        value,
        is_hit=True,
        age_s=max(0.0, now - held.made_at),
        ttl_s=max(0.0, held.fresh_until - now),
        is_stale=is_stale,
    )


def _seen(flight: asyncio.Future[object]) -> None:
    if not flight.cancelled():
        flight.exception()

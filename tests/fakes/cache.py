"""A cache in memory, on a clock that is told the time; the contract suite proves that it does as the real one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast, final

from application.shared.cache import Cache, Cached, Q, Shelf, ShelfStatistics, Tag, V
from application.shared.ports import Clock
from domain.shared.errors import Unavailable
from domain.shared.ids import OrganisationId
from tests.fakes.platform import FakeClock


@dataclass(frozen=True, slots=True)
class _Kept:
    value: object
    made_at: datetime
    tags: frozenset[Tag]
    ttl_s: float


@final
class FakeCache(Cache):
    """Keeps answers for as long as their shelf says, to the moment."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or FakeClock()
        self._kept: dict[object, _Kept] = {}
        self._statistics: dict[str, ShelfStatistics] = {}

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
        key = (shelf.name, shelf.version, tenant, question)
        statistics = self._statistics.setdefault(shelf.name, ShelfStatistics())
        kept, now = self._kept.get(key), self._clock.now()
        known: Cached[V] | None = None if kept is None else _told(kept, now)
        if known is not None and not known.is_stale:
            statistics.local_hits += 1
            return known
        try:
            made = await work(question)
        except Unavailable:
            if kept is None or known is None or known.age_s >= kept.ttl_s + shelf.stale_s:
                raise
            statistics.stale += 1
            return known
        statistics.misses += 1
        ttl_s = shelf.ttl_s if lasts is None else lasts(made)
        self._kept[key] = _Kept(made, now, frozenset(tags), ttl_s)
        return Cached(made, is_hit=False, age_s=0.0, ttl_s=ttl_s)

    async def forget(self, tags: Collection[Tag]) -> None:
        """Drop the answers with any of these tags."""
        self._kept = {key: kept for key, kept in self._kept.items() if kept.tags.isdisjoint(tags)}

    def statistics(self) -> Mapping[str, ShelfStatistics]:
        """Return what was done."""
        return self._statistics


def _told(kept: _Kept, now: datetime) -> Cached[V]:
    age_s = (now - kept.made_at).total_seconds()
    left_s = max(0.0, kept.ttl_s - age_s)
    # what lies under a key is of the kind of its shelf
    return Cached(cast("V", kept.value), is_hit=True, age_s=age_s, ttl_s=left_s, is_stale=not left_s)

"""Caches over a Redis of the tests, and work that counts how often it is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from adapters.platform.cache.entries import Seal
from adapters.platform.cache.lane import Lane
from adapters.platform.cache.layered import LayeredCache
from adapters.platform.cache.memory import Memory
from adapters.platform.cache.shared import SharedEntries
from application.shared.cache import Shelf
from tests.contracts.platform.limited import open_redis

SECRET = "a secret that all processes share"


@dataclass(frozen=True, slots=True)
class Quote:
    """An answer with the types that answers have."""

    price: Decimal
    day: date
    times: int = 0


class Question(NamedTuple):
    """What is asked."""

    symbol: str
    day: date = date(2026, 1, 30)


QUOTES = Shelf(name="quote", version=1, kind=Quote, ttl_s=60, stale_s=600)


@dataclass
class Work:
    """Does the work, as often as it is asked; waits at the gate while that is shut, fails while it has an error."""

    error: Exception | None = None
    takes_s: float = 0.0
    asked: list[Question] = field(default_factory=list[Question])
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def __call__(self, question: Question) -> Quote:
        """Count, and answer."""
        self.asked.append(question)
        self.begun.set()
        times = len(self.asked)
        await asyncio.sleep(self.takes_s)  # what makes it costly
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Quote(Decimal("1500.50"), question.day, times)


@asynccontextmanager
async def caching(
    url: str,
    *,
    secret: str = SECRET,
    patience_s: float = 60.0,
    open_s: float = 1.0,
    wait_s: float = 600.0,
    lock_s: float = 600.0,
    entries: int = 1_000,
    size: int = 1_000_000,
    chance: Callable[[], float] = lambda: 0.0,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[LayeredCache]:
    """The cache of one process, which makes nothing anew early unless `chance` says so.

    Nothing runs out of time but where a test gives it less, so that a machine that is held up changes no outcome.
    """
    lane = Lane(open_redis(url), patience_s=patience_s, open_s=open_s)
    shared = SharedEntries(lane, Seal(secret), lock_s=lock_s)
    memory = Memory(entries=entries, size=size)
    cache = LayeredCache(memory, shared, lane.aclose, wait_s=wait_s, clock=clock, chance=chance)
    try:
        yield cache
    finally:
        await cache.aclose()

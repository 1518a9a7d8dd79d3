"""A process with a cache, for tests that run several and disturb their Redis.

    python -m tests.faults.keeping CACHE_URL COUNTER_URL

Each line of its input is a symbol, asked for by many at once; it answers `kept VALUE...`, with each value that anybody
was given. The work counts in Redis how often it was done, and its answer is that number.
"""

from __future__ import annotations

import asyncio
import sys
from decimal import Decimal

import redis

from adapters.platform.logging import configure_logging
from adapters.platform.settings import TelemetrySettings
from tests.contracts.platform.caching import QUOTES, Question, Quote, caching
from tests.processes import PATIENCE_S

_AT_ONCE = 50


async def keep(cache_url: str, counter_url: str) -> None:
    """Ask until there is no more input."""
    with redis.Redis.from_url(counter_url) as counter:  # pyright: ignore[reportUnknownMemberType] - its keywords have no types

        async def work(question: Question) -> Quote:
            times = counter.incr(question.symbol)
            await asyncio.sleep(0.2)  # long enough for everybody to ask meanwhile
            return Quote(Decimal(1), question.day, int(str(times)))

        async with caching(cache_url, wait_s=PATIENCE_S, lock_s=PATIENCE_S) as cache:
            while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
                asking = [cache.get(QUOTES, Question(line), work, tenant=None) for _ in range(_AT_ONCE)]
                given = {answer.value.times for answer in await asyncio.gather(*asking)}
                sys.stdout.write(f"kept {' '.join(map(str, sorted(given)))}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    configure_logging(TelemetrySettings())
    asyncio.run(keep(*sys.argv[1:]))

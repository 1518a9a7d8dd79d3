"""A process that asks a limiter as it is told, for tests that run several and disturb their Redis.

    python -m tests.faults.asking REDIS_URL PROCESSES WHO

Each line of its input is a number of requests, sent a few at a time; it answers `admitted N`. A line of 0 is answered
once the limiter counts in Redis again.
"""

from __future__ import annotations

import asyncio
import sys

from adapters.platform.limits.redis_limiter import RedisRateLimiter, open_client
from adapters.platform.logging import configure_logging
from adapters.platform.settings import TelemetrySettings
from domain.shared.rate_limit import Quota

QUOTA = Quota(100, 86_400)
_AT_ONCE = 3


async def ask(redis_url: str, processes: int, who: str) -> None:
    """Ask until there is no more input."""
    limiter = RedisRateLimiter(open_client(redis_url), processes=processes)
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        admitted = 0
        for _ in range(0, int(line), _AT_ONCE):
            verdicts = await asyncio.gather(*(limiter.take(who, QUOTA) for _ in range(_AT_ONCE)))
            admitted += sum(verdict.is_admitted for verdict in verdicts)
        while line == "0":
            await limiter.take("somebody else", QUOTA)
            if not limiter.is_away:
                break
            await asyncio.sleep(0.01)
        sys.stdout.write(f"admitted {admitted}\n")
        sys.stdout.flush()
    await limiter.aclose()


if __name__ == "__main__":
    configure_logging(TelemetrySettings())
    asyncio.run(ask(sys.argv[1], int(sys.argv[2]), sys.argv[3]))

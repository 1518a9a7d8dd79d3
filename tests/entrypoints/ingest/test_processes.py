"""`tapedeck ingest` as it is started: processes over the real App, one of which dies."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from adapters.market_data.live.frames import SHARDS
from adapters.market_data.live.redis_commands import BusRedis
from adapters.market_data.live.redis_listener import RedisTickListener
from application.market_data.live.ports import LiveTick
from tests.processes import PATIENCE_S, Stopwatch

pytestmark = pytest.mark.anyio

_RUN = "import sys; from entrypoints.cli.main import main; sys.argv = ['tapedeck', 'ingest']; main()"
# of a market that never closes
COINS = [f"{coin}-USD" for coin in ("BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "DOT", "LINK", "BNB")]
TAKE_OVER_S = 5
# of the three seconds of a lease
AT_ONCE_S = 1


@contextmanager
def ingesting(database_url: str, redis_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """An ingest process whose prices move ten times a second."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "TAPEDECK_AUTH__KEYS": f'[{{"kid": "test", "secret": "{secrets.token_urlsafe(32)}"}}]',
        "TAPEDECK_MARKET_DATA__PROVIDERS": '[{"provider": "simulator", "tick_s": 0.1}]',
    }
    process = subprocess.Popen([sys.executable, "-c", _RUN], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Heard:
    """Ticks as they came, by symbol."""

    def __init__(self) -> None:
        self.sequences: dict[str, list[int]] = {symbol: [] for symbol in COINS}

    async def listen(self, listener: RedisTickListener) -> None:
        """Write down what comes."""
        async for batch in listener.batches():
            for tick in batch:
                self.note(tick)

    def note(self, tick: LiveTick) -> None:
        """Write one down."""
        self.sequences[tick.symbol].append(tick.sequence)

    async def until(self, is_enough: Callable[[], bool], seconds: float) -> None:
        """Wait until enough came, and no longer than that by the stopwatch."""
        stopwatch = Stopwatch()
        while not is_enough():
            assert stopwatch.passed_s() < seconds, self.sequences
            await asyncio.sleep(0.01)

    async def more_of_each(self, seconds: float) -> None:
        """Wait until something new came of every symbol."""
        known = {symbol: len(told) for symbol, told in self.sequences.items()}
        await self.until(lambda: all(len(told) > known[symbol] for symbol, told in self.sequences.items()), seconds)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client that waits for its answers, and listens in the older protocol."""
    client: Redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
        redis_url, socket_timeout=PATIENCE_S, retry=Retry(NoBackoff(), 0), protocol=2
    )
    yield client
    await client.aclose()


async def owners(redis: Redis) -> list[object]:
    """Return which process has each shard."""
    return [await redis.get(f"ticks:shard:{shard}") for shard in range(SHARDS)]


async def test_another_takes_over_within_five_seconds(redis: Redis, redis_url: str, database_url: str) -> None:
    """Two share the symbols evenly; one is killed and all move on; numbers of ticks never go back.

    One that is asked to stop leaves nobody waiting for its leases.
    """
    listener, heard = RedisTickListener(BusRedis(redis)), Heard()
    task = asyncio.create_task(heard.listen(listener))
    await listener.follow(frozenset(COINS))

    async def until_owned(is_right: Callable[[list[object]], bool], seconds: float) -> None:
        stopwatch = Stopwatch()
        while not is_right(held := await owners(redis)):
            assert stopwatch.passed_s() < seconds, held
            await asyncio.sleep(0.01)

    def are_shared_evenly(held: list[object]) -> bool:
        return None not in held and sorted(map(held.count, set(held))) == [SHARDS // 2, SHARDS // 2]

    with ExitStack() as stack:
        first = stack.enter_context(ingesting(database_url, redis_url))
        second = stack.enter_context(ingesting(database_url, redis_url))
        await heard.until(lambda: all(heard.sequences.values()), PATIENCE_S)
        await until_owned(are_shared_evenly, PATIENCE_S)
        await heard.more_of_each(PATIENCE_S)
        first.kill()
        # what was on its way when it died may still come
        await heard.more_of_each(TAKE_OVER_S)
        await heard.more_of_each(TAKE_OVER_S)
        await until_owned(lambda held: None not in held and len(set(held)) == 1, AT_ONCE_S)
        second.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(second.wait, PATIENCE_S) == 0
        await until_owned(lambda held: set(held) == {None}, AT_ONCE_S)
    for told in heard.sequences.values():
        assert told == sorted(set(told))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

"""Every bus carries ticks in order, keeps the last of each symbol, and says when something may have been missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from adapters.market_data.live.frames import SHARDS, last_key, shard_of
from adapters.market_data.live.redis_commands import BusRedis
from adapters.market_data.live.redis_listener import RedisTickListener
from adapters.market_data.live.redis_publisher import RedisTickPublisher
from adapters.market_data.live.redis_symbols import WANTS
from application.market_data.live.ports import BusAway, LiveTick, TickListener, TickPublisher
from tests.contracts.platform.limited import wired
from tests.fakes.live import FakeBus

pytestmark = pytest.mark.anyio

# nothing but what a test cuts off is away, however long the machine takes
PATIENCE_S = 60


Open = Callable[[str], BusRedis]


@pytest.fixture
async def open_bus() -> AsyncIterator[Open]:
    """Opens a bus as the product does, and waits for it longer; all are closed at the end."""
    async with AsyncExitStack() as stack:

        def opened(url: str) -> BusRedis:
            client: Redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
                url,
                socket_timeout=PATIENCE_S,
                socket_connect_timeout=PATIENCE_S,
                retry=Retry(NoBackoff(), 0),
                protocol=2,
            )
            stack.push_async_callback(client.aclose)
            return BusRedis(client, patience_s=PATIENCE_S)

        yield opened


@dataclass(frozen=True, slots=True)
class World:
    """A bus: who tells, a process that hears, and a way to cut the hearing off, with telling going on, and mend it."""

    publisher: TickPublisher
    listener: TickListener
    another: Callable[[], TickListener]
    cut: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


@pytest.fixture(params=["fake", "redis"])
async def world(request: pytest.FixtureRequest, open_bus: Open) -> AsyncIterator[World]:
    """A bus on which nothing was told."""
    if request.param == "fake":
        bus = FakeBus()

        async def lose(meanwhile: Callable[[], Awaitable[None]]) -> None:
            kept = bus.listeners
            bus.listeners = []
            await meanwhile()
            bus.listeners = kept
            bus.back()

        yield World(bus, bus.listener(), bus.listener, lose)
        return
    url: str = request.getfixturevalue("redis_url")
    async with wired(url) as wire:

        async def cut(meanwhile: Callable[[], Awaitable[None]]) -> None:
            wire.set("held")
            wire.cut()
            await meanwhile()
            wire.set("open")

        yield World(
            RedisTickPublisher(open_bus(url)),
            _listener(open_bus(wire.url)),
            lambda: _listener(open_bus(url)),
            cut,
        )


def _listener(bus: BusRedis) -> RedisTickListener:
    return RedisTickListener(bus, silent_s=PATIENCE_S)


def tick(symbol: str, sequence: int) -> LiveTick:
    """Return a tick that says what it is."""
    return LiveTick(symbol, sequence, f'{{"symbol":"{symbol}","n":{sequence}}}'.encode())


class Heard:
    """What came out of `batches`, in the order in which it came."""

    def __init__(self) -> None:
        self.ticks: list[LiveTick] = []
        self.losses = 0
        self._news = asyncio.Event()

    async def listen(self, batches: AsyncIterator[Sequence[LiveTick]]) -> None:
        """Write down what comes."""
        # what `batches` makes is a generator, which wants to be closed
        async with aclosing(cast("AsyncGenerator[Sequence[LiveTick]]", batches)) as opened:
            async for batch in opened:
                self.ticks += batch
                self.losses += not batch
                self._news.set()

    async def until(self, is_enough: Callable[[Heard], bool]) -> None:
        """Wait until enough came."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_enough(self):
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def hearing(listener: TickListener, *symbols: str) -> AsyncIterator[Heard]:
    """Follow the symbols, and be sure that what is told from now on is heard."""
    heard = Heard()
    task = asyncio.create_task(heard.listen(listener.batches()))
    await asyncio.sleep(0)  # lets it begin: a process follows after it listens
    try:
        await listener.follow(frozenset(symbols))
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def ends_with(symbol: str, heard: Heard) -> bool:
    """Whether the last tick is of the symbol."""
    return heard.ticks[-1].symbol == symbol


async def told(world: World, heard: Heard, symbol: str) -> int:
    """Tell ticks of a symbol until one is heard: the connection is made in its own time. Return how many."""
    async with asyncio.timeout(PATIENCE_S):
        for number in range(1, 10_000):
            await world.publisher.publish([tick(symbol, number)])
            try:
                async with asyncio.timeout(0.02):
                    await heard.until(lambda known: bool(known.ticks))
            except TimeoutError:
                continue
            return number
    raise AssertionError("nothing was heard")


async def test_ticks_are_heard_in_order_and_none_twice(world: World) -> None:
    async with hearing(world.listener, "AAPL", "BTC-USD") as heard:
        first = await told(world, heard, "AAPL")
        for start in range(first + 1, first + 51, 5):
            await world.publisher.publish([tick("AAPL", number) for number in range(start, start + 5)])
        await heard.until(lambda known: known.ticks[-1].sequence == first + 50)
        numbers = [each.sequence for each in heard.ticks if each.symbol == "AAPL"]
        assert numbers == list(range(numbers[0], first + 51))
        assert heard.ticks[-1].body == tick("AAPL", first + 50).body


async def test_the_last_tick_of_a_symbol_is_kept(world: World) -> None:
    """Whoever comes later is told it, whether anybody listened or not."""
    await world.publisher.publish([tick("AAPL", 1), tick("MSFT", 7), tick("AAPL", 2)])
    assert await world.listener.last(["AAPL", "MSFT", "TSLA"]) == {"AAPL": tick("AAPL", 2), "MSFT": tick("MSFT", 7)}
    assert await world.publisher.last(["AAPL", "TSLA"]) == {"AAPL": tick("AAPL", 2)}
    assert await world.listener.last([]) == {}


async def test_an_older_tick_never_takes_the_place_of_a_later_one(world: World) -> None:
    """A process that was held up may tell what another has told since."""
    await world.publisher.publish([tick("AAPL", 7)])
    await world.publisher.publish([tick("AAPL", 3), tick("MSFT", 1)])
    assert await world.publisher.last(["AAPL", "MSFT"]) == {"AAPL": tick("AAPL", 7), "MSFT": tick("MSFT", 1)}


async def test_what_no_feed_tells_is_known_to_who_hears(world: World) -> None:
    """Until something else is said."""
    assert await world.listener.untold() == frozenset()
    await world.publisher.say_untold(frozenset({"NONE", "GONE"}))
    assert await world.listener.untold() == {"NONE", "GONE"}
    await world.publisher.say_untold(frozenset())
    assert await world.listener.untold() == frozenset()


async def test_nothing_told_after_following_is_missed(world: World) -> None:
    """The snapshot and what is heard from then on leave no hole."""
    symbols = [f"S{number}" for number in range(2 * SHARDS)]
    async with hearing(world.listener, "AAPL") as heard:
        await told(world, heard, "AAPL")
        for symbol in symbols:
            await world.listener.follow(frozenset({"AAPL", symbol}))
            await world.publisher.publish([tick(symbol, 5)])
            await heard.until(partial(ends_with, symbol))


async def test_what_any_process_follows_is_wanted(world: World) -> None:
    other = world.another()
    async with hearing(world.listener, "AAPL", "MSFT") as heard, hearing(other, "MSFT", "TSLA") as too:
        await told(world, heard, "AAPL")
        await told(world, too, "TSLA")
        assert await world.publisher.wanted() == {"AAPL", "MSFT", "TSLA"}
        await world.listener.follow(frozenset({"MSFT"}))
        assert await world.publisher.wanted() == {"MSFT", "TSLA"}


async def test_a_lost_connection_is_told_once_it_is_back(world: World) -> None:
    """What was missed meanwhile is had from the last ticks."""
    async with hearing(world.listener, "AAPL") as heard:
        first = await told(world, heard, "AAPL")
        await world.cut(lambda: world.publisher.publish([tick("AAPL", first + 1)]))
        await heard.until(lambda known: known.losses > 0)
        assert (await world.listener.last(["AAPL"]))["AAPL"].sequence == first + 1
        await world.publisher.publish([tick("AAPL", first + 2)])
        await heard.until(lambda known: known.ticks[-1].sequence == first + 2)


async def test_a_process_that_dies_is_forgotten(redis_url: str, open_bus: Open) -> None:
    """What it follows has an end of its own, and the index forgets the process when it is next read."""
    bus = open_bus(redis_url)
    publisher, listener = RedisTickPublisher(bus), _listener(bus)
    async with hearing(listener, "AAPL") as heard:
        await told(World(publisher, listener, lambda: listener, lambda work: work()), heard, "AAPL")
        assert await publisher.wanted() == {"AAPL"}
    [process] = cast("set[bytes]", await bus.run("SMEMBERS", WANTS))  # what SMEMBERS answers with
    left_ms = await bus.run("PTTL", f"{WANTS}:{process.decode()}")
    assert isinstance(left_ms, int)
    assert 0 < left_ms <= 5_000
    await bus.run("DEL", f"{WANTS}:{process.decode()}")  # as if the time had passed
    assert await publisher.wanted() == frozenset()
    assert await bus.run("SCARD", WANTS) == 0


async def test_a_bus_that_does_not_answer_is_away(open_bus: Open) -> None:
    """Whoever tells keeps what it has for later, whoever hears has nothing."""
    nobody = open_bus("redis://127.0.0.1:1")
    with pytest.raises(BusAway):
        await RedisTickPublisher(nobody).publish([tick("AAPL", 1)])
    with pytest.raises(BusAway):
        await RedisTickPublisher(nobody).wanted()
    with pytest.raises(BusAway):
        await RedisTickListener(nobody).last(["AAPL"])


async def test_what_somebody_else_wrote_is_nothing(redis_url: str, open_bus: Open) -> None:
    """Neither a key nor a message with something else in it stops anybody."""
    bus = open_bus(redis_url)
    publisher, listener = RedisTickPublisher(bus), _listener(bus)
    await bus.run("SET", last_key("AAPL"), b"\xc1 no tick")
    assert await listener.last(["AAPL"]) == {}
    async with hearing(listener, "AAPL") as heard:
        first = await told(World(publisher, listener, lambda: listener, lambda work: work()), heard, "AAPL")
        await bus.run("PUBLISH", f"ticks:{shard_of('AAPL')}", b"\xc1 no ticks")
        await publisher.publish([tick("AAPL", first + 1)])
        await heard.until(lambda known: known.ticks[-1].sequence == first + 1)
        assert heard.losses == 0

"""How many ticks a second one core brings from a provider's frames to the bus, beside a floor.

Frames hold twenty trades and offers of 500 shares, as Massive sends them. Measured are the steps one after the other in
processor time: reading frames, which is the floor; understanding them; merging, numbering and encoding; and all of it
with publishing to Valkey from the wheel, a hundred ticks at a time. Run it with `python benchmarks/ingest.py`.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import msgspec
from redis.asyncio import Redis

from adapters.market_data.live.body import encode_tick
from adapters.market_data.live.dialect import Named
from adapters.market_data.live.redis_commands import BusRedis
from adapters.market_data.live.redis_publisher import RedisTickPublisher
from adapters.market_data.massive.settings import MassiveSettings
from adapters.market_data.massive.stream import MassiveDialect
from adapters.market_data.massive.stream_wire import Message
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.secret import Secret
from application.market_data.live.tick_desk import TickDesk
from domain.market_data.ticker import Ticker
from entrypoints.collector import calm_collector

SYMBOLS: Final = 500
TICKS: Final = 100_000
IN_A_FRAME: Final = 20
IN_A_BATCH: Final = 100
TARGET: Final = 20_000
DIALECT: Final = MassiveDialect(MassiveSettings(key=Secret("k" * 16)))
TICKERS: Final = [Ticker(f"S{number}") for number in range(SYMBOLS)]
NAMED: Final[Named] = {DIALECT.symbol_of(ticker): (ticker,) for ticker in TICKERS}
NOW: Final = datetime(2026, 1, 30, 15, tzinfo=UTC)


def frames() -> Sequence[bytes]:
    """Return frames, the same each time, whose messages are all later than those before."""
    chance = Random(1)  # noqa: S311 - made-up prices
    made: list[dict[str, object]] = []
    for number in range(TICKS):
        symbol, price = f"S{chance.randrange(SYMBOLS)}", chance.randrange(1_000, 90_000)
        at = {"sym": symbol, "t": 1_769_785_200_000 + number, "q": number, "z": 3}
        if number % 2:
            made.append({"ev": "T", **at, "p": price / 100, "s": 100, "x": 4, "i": str(number), "c": [0, 12]})
        else:
            offer = {"bp": price / 100, "bs": 3, "ap": (price + 2) / 100, "as": 5, "bx": 4, "ax": 7, "i": [604]}
            made.append({"ev": "Q", **at, **offer})
    return [json.dumps(made[at : at + IN_A_FRAME]).encode() for at in range(0, TICKS, IN_A_FRAME)]


def measure(what: str, work: Callable[[], object]) -> float:
    """Do the work once and return ticks per second of processor time."""
    began = time.process_time()
    work()
    rate = TICKS / (time.process_time() - began)
    print(f"{what}: {rate:,.0f} ticks per second of processor time")
    return rate


def desk() -> TickDesk:
    """Return a desk that follows all symbols."""
    made = TickDesk(encode_tick)
    made.follow(dict.fromkeys(TICKERS, 1))
    return made


def received(given: Sequence[bytes]) -> TickDesk:
    """Return a desk that received all frames."""
    made = desk()
    for frame in given:
        made.receive(DIALECT.understand(frame, NAMED, NOW))
    return made


async def publish(url: str, given: Sequence[bytes]) -> None:
    """Bring all frames to the bus."""
    redis: Redis = Redis.from_url(url, protocol=2)  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
    publisher, made, waiting = RedisTickPublisher(BusRedis(redis)), desk(), 0
    for frame in given:
        made.receive(DIALECT.understand(frame, NAMED, NOW))
        waiting += IN_A_FRAME
        if waiting >= IN_A_BATCH:
            await publisher.publish(made.take(IN_A_BATCH))
            waiting = 0
        # what is to be stored is somebody else's work
        made.take_to_store(IN_A_BATCH)
    await redis.aclose()


def main() -> None:
    """Start a server, measure, and stop it."""
    given = frames()
    floor = msgspec.json.Decoder(list[Message])
    calm_collector()
    best = measure("reading frames (the floor)", lambda: [floor.decode(frame) for frame in given])
    measure("understanding them", lambda: [DIALECT.understand(frame, NAMED, NOW) for frame in given])
    measure("and merging, numbering, encoding", lambda: received(given))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = EmbeddedValkey(folder / "valkey", sockets=socket_folder(folder), password=secrets.token_urlsafe())
        with running(server, folder / "valkey.log"):
            rate = measure("and publishing, all together", lambda: asyncio.run(publish(server.url, given)))
    print(f"all together: {rate / best:.0%} of the floor; wanted are {TARGET:,}")


if __name__ == "__main__":
    main()

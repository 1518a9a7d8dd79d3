"""The real application on a socket, with a market that moves when it is told and a line to it that can be cut."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from application.market_data.live.ports import BusAway, LiveTick, TickPublisher
from entrypoints.http.sockets import GuardedSocket
from tests.contracts.platform.limited import Wire, wired
from tests.hostile.server import listening
from tests.processes import PATIENCE_S
from tests.served import Served

T = TypeVar("T")


async def when_there(act: Callable[[], Awaitable[T]]) -> T:
    """Do it, and again where the machine paused for so long that Redis was taken to be away."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(BusAway):
                return await act()
            await asyncio.sleep(0.05)  # between two tries


@dataclass
class MovingMarket:
    """The levers. Prices are published as the ingest does, so that all behind it is the real thing."""

    url: str
    wire: Wire
    publisher: TickPublisher
    # as an ingest that takes over: above all that was told before
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(time.time_ns() // 1000))

    async def publish(self, symbol: str, *prices: str) -> None:
        """Let a symbol cost this, one price after another."""
        now = datetime.now(UTC).isoformat()
        ticks = [
            LiveTick(
                symbol,
                next(self.numbers),
                msgspec.json.encode(
                    {
                        "symbol": symbol,
                        "provider": "simulator",
                        "asOf": now,
                        "receivedAt": now,
                        "currency": "USD",
                        "simulated": True,
                        "last": price,
                        "previousClose": "228.04",
                    }
                ),
            )
            for price in prices
        ]
        await when_there(lambda: self.publisher.publish(ticks))

    def break_off(self) -> None:
        """Cut the line: what is open ends, and what comes is held."""
        self.wire.set("held")
        self.wire.cut()

    def come_back(self) -> None:
        """Mend the line."""
        self.wire.set("open")


@asynccontextmanager
async def moving_market(served: Served) -> AsyncIterator[MovingMarket]:
    """Serve the application for the length of the block."""
    async with listening(served.api, sockets=GuardedSocket) as place, wired(f"http://127.0.0.1:{place.port}") as wire:
        publisher: TickPublisher = served.app.market_data.tick_publisher()
        yield MovingMarket(f"http://127.0.0.1:{wire.port}", wire, publisher)

"""The real application on a socket, with a market that moves when it is told and a line to it that can be cut."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from application.market_data.live.ports import LiveTick, TickPublisher
from entrypoints.http.sockets import GuardedSocket
from tests.contracts.platform.limited import Wire, wired
from tests.hostile.server import listening
from tests.served import Served


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
        await self.publisher.publish(
            [
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
        )

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

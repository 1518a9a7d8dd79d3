"""The hub is served by the loop that the product runs on: none of the bus's messages is lost on the way to it."""

from __future__ import annotations

import asyncio
import itertools
from typing import final

import uvloop

from application.shared.telemetry import StreamNumbers, StreamTelemetry
from entrypoints.websocket.fanout import Fanout
from entrypoints.websocket.hub import Hub
from entrypoints.websocket.messages import Update
from tests.entrypoints.websocket.readers import CheckingReader, tick
from tests.fakes.live import FakeBus

BATCHES = 6


@final
class _Lags(StreamTelemetry):
    """Counts the batches that were dealt with to their end."""

    def __init__(self) -> None:
        self.count = 0
        self.changed = asyncio.Event()

    def numbers(self, numbers: StreamNumbers) -> None:
        """Tell nobody."""

    def lag(self, seconds: float) -> None:
        """Count."""
        assert seconds > 0
        self.count += 1
        self.changed.set()


async def _many_batches_that_are_due_at_once() -> None:
    bus, lags, time = FakeBus(), _Lags(), itertools.count(0, 0.3)
    fanout = Fanout(bus.listener(), lags, clock=lambda: next(time), heal_every_s=60)
    reader = CheckingReader({"AAPL": set(range(1, BATCHES + 2))})
    await bus.publish([tick("AAPL", 1)])
    async with fanout.running():
        fanout.follow(reader.subscriber, "AAPL", 1.0, None)
        async with asyncio.timeout(60):
            while not reader.messages:  # noqa: ASYNC110 - the hub has nothing that would tell
                await asyncio.sleep(0.005)
            for sequence in range(2, BATCHES + 2):
                await bus.publish([tick("AAPL", sequence)])
            while lags.count < BATCHES:
                lags.changed.clear()
                await lags.changed.wait()
            while reader.seen["AAPL"] < BATCHES + 1:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.005)


def test_what_is_due_at_once_stops_no_loop() -> None:
    """A timer of uvloop's that is due at once is another thing than one that is due later."""
    uvloop.run(_many_batches_that_are_due_at_once())


def test_what_is_due_is_told_a_part_at_a_time() -> None:
    """Others have their turn in between, and nobody is left out."""
    hub = Hub()
    readers = [CheckingReader({"AAPL": {1, 2, 3}, "MSFT": {1, 2, 3}}) for _ in range(4)]
    for symbol in ("AAPL", "MSFT"):
        for reader in readers:
            hub.subscribe(reader.subscriber, symbol, 1.0)
        hub.learn([symbol], {symbol: tick(symbol, 1)})
        for sequence in (2, 3):
            hub.take([tick(symbol, sequence)], 10.0)
    due: list[float | None] = []
    for _ in range(2):
        hub.flush(20.0, 4)
        due.append(hub.due_at)
    assert due == [11.0, None]
    for reader in readers:
        told = [each for each in reader.messages if isinstance(each, Update)]
        assert sorted((each.channel, each.sequence) for each in told) == [
            ("market:AAPL", 2),
            ("market:AAPL", 3),
            ("market:MSFT", 2),
            ("market:MSFT", 3),
        ]

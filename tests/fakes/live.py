"""A bus in memory whose listeners can lose their connection; the contract suite proves that it does as the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import final

from application.market_data.live.ports import BusAway, LiveTick, TickListener, TickPublisher


@final
class FakeBus(TickPublisher):
    """Carries ticks between its listeners; while `is_away` nothing is told, and listeners are cut off.

    While `takes_no_untold`, it answers everything but `say_untold`: a bus that goes away between two questions.
    """

    def __init__(self) -> None:
        self.is_away = False
        self.takes_no_untold = False
        self.untold: frozenset[str] = frozenset()
        self.kept: dict[str, LiveTick] = {}
        self.listeners: list[FakeListener] = []

    def listener(self) -> FakeListener:
        """Return the listener of another process."""
        made = FakeListener(self)
        self.listeners.append(made)
        return made

    async def publish(self, ticks: Sequence[LiveTick]) -> None:
        """Keep the last, and tell all who follow."""
        self.check()
        for tick in ticks:
            if tick.symbol not in self.kept or self.kept[tick.symbol].sequence <= tick.sequence:
                self.kept[tick.symbol] = tick
        for listener in self.listeners:
            listener.hear(ticks)

    async def wanted(self) -> frozenset[str]:
        """Return what all follow."""
        self.check()
        return frozenset[str]().union(*(listener.symbols for listener in self.listeners))

    async def last(self, symbols: Collection[str]) -> Mapping[str, LiveTick]:
        """Return what is kept."""
        self.check()
        return {symbol: self.kept[symbol] for symbol in symbols if symbol in self.kept}

    async def say_untold(self, symbols: frozenset[str]) -> None:
        """Note it."""
        self.check()
        if self.takes_no_untold:
            raise BusAway("FakeBus")
        self.untold = symbols

    def check(self) -> None:
        """Raise BusAway if it is."""
        if self.is_away:
            raise BusAway("FakeBus")

    def lose(self) -> None:
        """Cut all listeners off until `back`: they miss what is told meanwhile."""
        self.is_away = True

    def back(self) -> None:
        """Let listeners be there again, who know that something may have been missed."""
        self.is_away = False
        for listener in self.listeners:
            listener.note_loss()


@final
class FakeListener(TickListener):
    """Hears what it follows."""

    def __init__(self, bus: FakeBus) -> None:
        self._bus = bus
        self._queue: asyncio.Queue[Sequence[LiveTick]] = asyncio.Queue()
        self.symbols: frozenset[str] = frozenset()

    async def follow(self, symbols: frozenset[str]) -> None:
        """Hear these."""
        self.symbols = symbols

    async def last(self, symbols: Collection[str]) -> Mapping[str, LiveTick]:
        """Return what the bus keeps."""
        return await self._bus.last(symbols)

    async def untold(self) -> frozenset[str]:
        """Return what the bus was told."""
        self._bus.check()
        return self._bus.untold

    async def batches(self) -> AsyncIterator[Sequence[LiveTick]]:
        """Yield what was heard."""
        while True:
            yield await self._queue.get()

    def hear(self, ticks: Sequence[LiveTick]) -> None:
        """Queue those that are followed."""
        followed = [tick for tick in ticks if tick.symbol in self.symbols]
        if followed:
            self._queue.put_nowait(followed)

    def note_loss(self) -> None:
        """Queue the sign that something may have been missed."""
        self._queue.put_nowait(())

    def die(self) -> None:
        """End without a word, and be forgotten by the bus."""
        self._bus.listeners.remove(self)

"""What live prices need of the outside: feeds that tell them, and a bus that carries them between processes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from domain.market_data.tick import Tick, TickUpdate
from domain.market_data.ticker import Ticker


class BusAway(Exception):
    """The bus does not answer; what was to be told is not lost as long as its sender keeps the last of each symbol."""


class LiveTick(NamedTuple):
    """A tick on the bus. `symbol` is the text of its ticker.

    `sequence` is one more with each tick of a symbol. It jumps up, and never goes down, when another process takes the
    symbol over or the bus was emptied. `body` is the tick in JSON as users see it, encoded once for all of them.
    """

    symbol: str
    sequence: int
    body: bytes


class TickPublisher(Protocol):
    """Where the process that hears the feeds tells what it heard."""

    async def publish(self, ticks: Sequence[LiveTick]) -> None:
        """Keep the last of each symbol, then tell all ticks to who listens, in order; raise BusAway.

        One that is kept already with a larger number stays.
        """
        ...

    async def wanted(self) -> frozenset[str]:
        """Return the symbols that any living process follows; raise BusAway."""
        ...

    async def last(self, symbols: Collection[str]) -> Mapping[str, LiveTick]:
        """Return the last tick of each symbol that has one, whoever told it; raise BusAway."""
        ...

    async def say_untold(self, symbols: frozenset[str]) -> None:
        """Say which symbols no feed of this process tells; it is forgotten after five seconds; raise BusAway."""
        ...


class TickListener(Protocol):
    """Where a process that serves users hears ticks; one of it per process."""

    async def follow(self, symbols: frozenset[str]) -> None:
        """Hear these symbols and no others: once this returns, nothing of them is missed without a sign.

        It is renewed by itself and forgotten five seconds after the process dies. While the bus is away it is kept
        for when that is back.
        """
        ...

    async def last(self, symbols: Collection[str]) -> Mapping[str, LiveTick]:
        """Return the last tick of each that has one; raise BusAway."""
        ...

    async def untold(self) -> frozenset[str]:
        """Return the symbols that a living process says no feed of it tells; raise BusAway."""
        ...

    def batches(self) -> AsyncIterator[Sequence[LiveTick]]:
        """Yield ticks as they come, those of a symbol in order, also some that are not followed any more.

        An empty batch says that the connection was lost and is back: what came meanwhile is to be had from `last`.
        """
        ...


class TickFeed(Protocol):
    """A provider's stream, over as many connections as it needs."""

    @property
    def provider(self) -> str:
        """What the provider is called here."""
        ...

    def carries(self, ticker: Ticker) -> bool:
        """Tell whether the stream has it."""
        ...

    def follow(self, tickers: frozenset[Ticker]) -> frozenset[Ticker]:
        """Hear of these and no others from now on; return those that there is no room for."""
        ...

    def faltering(self) -> frozenset[Ticker]:
        """Return what is followed and not heard now: its connection is lost, or silent though it should not be."""
        ...

    async def run(self, receive: Callable[[Sequence[TickUpdate]], None]) -> None:
        """Hand over what comes until cancelled; connections that are lost are made again."""
        ...

    def health(self) -> FeedHealth:
        """Return how it is now."""
        ...


class FeedHealth(NamedTuple):
    """How a feed is: `silent_s` is for how long nothing came of what it follows, None where it follows nothing.

    `is_alive` is more than connected: prices come, or their market is quiet.
    """

    provider: str
    is_alive: bool
    connections: int
    followed: int
    silent_s: float | None
    reconnects: int


class ShardLeases(Protocol):
    """Divides the symbols over the processes that hear feeds: each shard of them belongs to one process at a time."""

    async def renew(self) -> frozenset[int]:
        """Keep what is held, take what is free, give back what others should have; return what is held; raise BusAway.

        A shard whose process has died is free again within four seconds.
        """
        ...

    async def release(self) -> None:
        """Give everything back at once, so that nobody waits for it; raise BusAway."""
        ...


class HeldSymbols(Protocol):
    """Knows what users hold, which is followed whether anybody looks or not."""

    async def held(self) -> frozenset[Ticker]:
        """Return what is held by anybody."""
        ...


class TickStore(Protocol):
    """Keeps ticks for a while."""

    async def add(self, ticks: Sequence[Tick]) -> None:
        """Keep these, in one batch; raise Unavailable."""
        ...


class FeedReports(Protocol):
    """Where processes that hear feeds say how these are, for whoever asks after their health."""

    async def tell(self, feeds: Sequence[FeedHealth]) -> None:
        """Say how the feeds of this process are; it is forgotten after five seconds; raise BusAway."""
        ...

    async def told(self) -> Sequence[FeedHealth]:
        """Return what living processes say of theirs; raise BusAway."""
        ...


class Stop(Protocol):
    """Says when to end."""

    async def wait(self) -> object:
        """Return when that is."""
        ...


class TickIngest(Protocol):
    """Hears the feeds of what somebody wants, and tells it."""

    async def run(self, stop: Stop) -> None:
        """Do that until told to stop; then tell what is left, and let others take over at once."""
        ...

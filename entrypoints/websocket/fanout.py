"""Feeds the hub: what the bus says, what is kept of symbols that are new here, and the passing of time.

Pub/sub loses what it loses without a word. So every two seconds what is kept of each symbol is compared with what came
here, and taken if it is still missing a moment later: what was only under way has come by then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final, final

from application.market_data.live.ports import BusAway, LiveTick, TickListener
from application.shared.telemetry import NoStreamTelemetry, StreamNumbers, StreamTelemetry
from entrypoints.websocket.frames import MARKET, Frame, frame_of
from entrypoints.websocket.hub import Hub
from entrypoints.websocket.keeping_on import keep_on
from entrypoints.websocket.messages import ERROR_REASONS, Error, ErrorCode
from entrypoints.websocket.subscriber import Subscriber

_HEAL_EVERY_S: Final = 2.0
_UNDER_WAY_S: Final = 0.3
_TELL_EVERY_S: Final = 1.0
# what else is going on has its turn after so many deliveries: the bus would be taken for lost
_AT_ONCE: Final = 2_000


@final
class Fanout:
    """The hub of this process with what it needs; it works while `running` is entered."""

    def __init__(
        self,
        listener: TickListener,
        telemetry: StreamTelemetry | None = None,
        *,
        clock: Callable[[], float] = monotonic,
        heal_every_s: float = _HEAL_EVERY_S,
    ) -> None:
        self.hub = Hub()
        self.connections = 0
        self.subscriptions = 0
        self.slow_closes = 0
        self._listener = listener
        self._telemetry = telemetry or NoStreamTelemetry()
        self._clock = clock
        self._heal_every_s = heal_every_s
        self._changed = asyncio.Event()
        self._lost = asyncio.Event()
        # what is followed here, and no feed tells
        self._untold: frozenset[str] = frozenset()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._rests: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen for the length of the block."""
        works = (self._listen, self._look_up, self._heal, self._tell)
        tasks = [asyncio.create_task(keep_on(work), name=work.__name__) for work in works]
        try:
            yield
        finally:
            for task in (*tasks, *self._rests):
                task.cancel()
            await asyncio.gather(*tasks, *self._rests, return_exceptions=True)
            if self._timer is not None:
                self._timer.cancel()

    def spawn(self, rest: Coroutine[object, None, None]) -> None:
        """Run what is left of a delivery."""
        task = asyncio.ensure_future(_none_of(rest))
        self._rests.add(task)
        task.add_done_callback(self._rests.discard)

    def follow(self, subscriber: Subscriber, symbol: str, pace_s: float, after: int | None) -> None:
        """Let a client follow a symbol."""
        if self.hub.subscribe(subscriber, symbol, pace_s, after):
            self._changed.set()
        if symbol in self._untold:
            subscriber.send(_not_carried(symbol))

    def unfollow(self, subscriber: Subscriber, symbol: str) -> None:
        """Let a client follow a symbol no more."""
        if self.hub.unsubscribe(subscriber, symbol):
            self._changed.set()

    async def _listen(self) -> None:
        async for batch in self._listener.batches():
            if batch:
                began = self._clock()
                self.hub.take(batch, began)
                self._set_timer()
                self._telemetry.lag(self._clock() - began)
            else:
                self._lost.set()

    async def _look_up(self) -> None:
        await self._changed.wait()
        self._changed.clear()
        await self._listener.follow(self.hub.symbols)
        asked = self.hub.unknown
        if asked:
            found: dict[str, LiveTick] = {}
            try:
                found = dict(await self._listener.last(asked))
            except BusAway:
                # nothing is known of them now, and whatever comes later is told
                pass
            finally:
                self.hub.learn(asked, found)

    async def _heal(self) -> None:
        was_lost = True
        try:
            async with asyncio.timeout(self._heal_every_s):
                await self._lost.wait()
        except TimeoutError:
            was_lost = False
        self._lost.clear()
        try:
            found = await self._listener.last(self.hub.symbols)
            untold = await self._listener.untold()
        except BusAway:
            return
        self._tell_untold(untold & self.hub.symbols)
        if not was_lost:
            await asyncio.sleep(_UNDER_WAY_S)
        missing = [tick for tick in found.values() if self.hub.lacks(tick)]
        if missing:
            self.hub.take(missing, self._clock())
            self._set_timer()

    def _tell_untold(self, untold: frozenset[str]) -> None:
        """Tell once of each symbol that no feed tells, to whom it concerns."""
        new, self._untold = untold - self._untold, untold
        for symbol in new:
            frame = _not_carried(symbol)
            for subscriber in self.hub.followers(symbol):
                subscriber.send(frame)

    async def _tell(self) -> None:
        counts = self.hub.counts
        self._telemetry.numbers(
            StreamNumbers(
                connections=self.connections,
                subscriptions=self.subscriptions,
                deliveries=counts.deliveries,
                conflated=counts.conflated,
                dropped=counts.dropped,
                lost=counts.lost,
                slow_closes=self.slow_closes,
            )
        )
        await asyncio.sleep(_TELL_EVERY_S)

    def _flush(self) -> None:
        self._timer = None
        self.hub.flush(self._clock(), _AT_ONCE)
        self._set_timer()

    def _set_timer(self) -> None:
        due_at = self.hub.due_at
        if due_at is None:
            return
        if self._timer is not None:
            # a handle of uvloop knows its time only where that is not at once
            if self._timer_at <= due_at:
                return
            self._timer.cancel()
        wait_s = max(0.0, due_at - self._clock())
        self._timer, self._timer_at = asyncio.get_running_loop().call_later(wait_s, self._flush), due_at


def _not_carried(symbol: str) -> Frame:
    reason = ERROR_REASONS[ErrorCode.NOT_CARRIED]
    return frame_of(Error(channel=f"{MARKET}{symbol}", code=ErrorCode.NOT_CARRIED, message=reason))


async def _none_of(rest: Coroutine[object, None, None]) -> None:
    await rest

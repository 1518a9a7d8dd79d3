"""Hears ticks over Redis, and says so when some may have been missed.

It uses a connection of redis-py by itself: its own subscriber connects again without a word, and what was published
meanwhile would be missed by everybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Final, cast, final

import msgspec
from redis.exceptions import RedisError

from adapters.market_data.live.frames import channel_of, decode_frame, shard_of
from adapters.market_data.live.redis_commands import BusConnection, BusRedis, cancellable
from adapters.market_data.live.redis_last import read_last
from adapters.market_data.live.redis_symbols import UNTOLD, WANTS, SymbolSets
from adapters.platform.jobs.waiting import Availability
from application.market_data.live.ports import BusAway, LiveTick, TickListener

_RENEW_S: Final = 1.0
# something comes every second, if only the answer to our own question
_SILENT_S: Final = 3.0
# a channel that nobody uses, so that there is always one
_NONE: Final = "ticks:none"
_MESSAGE: Final = 3


@final
class RedisTickListener(TickListener):
    """One per process; `batches` is read by one reader."""

    def __init__(self, bus: BusRedis, *, silent_s: float = _SILENT_S) -> None:
        self._bus = bus
        self._silent_s = silent_s
        self._wants = SymbolSets(bus, WANTS)
        self._untold = SymbolSets(bus, UNTOLD)
        self._symbols: frozenset[str] = frozenset()
        self._channels: frozenset[str] = frozenset()
        self._heard: set[str] = set()
        self._changed = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        self._is_connected = False
        self._availability = Availability("tick bus")

    async def follow(self, symbols: frozenset[str]) -> None:
        """Hear these symbols and no others; while nobody reads `batches`, or Redis is away, it is kept for later."""
        self._symbols = symbols
        self._channels = frozenset({_NONE, *(channel_of(shard_of(symbol)) for symbol in symbols)})
        self._changed.set()
        if not self._is_connected:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        with suppress(TimeoutError):
            # who waits longer waits for a connection that is lost, and will be told of that
            async with asyncio.timeout(self._bus.patience_s):
                await done

    async def last(self, symbols: Collection[str]) -> Mapping[str, LiveTick]:
        """Return the last tick of each that has one; raise BusAway."""
        return await read_last(self._bus, symbols)

    async def untold(self) -> frozenset[str]:
        """Return what processes that hear feeds say; raise BusAway."""
        return await self._untold.read()

    async def batches(self) -> AsyncIterator[Sequence[LiveTick]]:
        """Yield ticks as they come; an empty batch after the connection was lost and is back."""
        is_lost = False
        while True:
            pause_s = 0.0
            connection = self._bus.connection()
            keeper: asyncio.Task[None] | None = None
            try:
                with cancellable():
                    await connection.connect()
                self._heard = set()
                self._is_connected = True
                self._changed.set()
                keeper = asyncio.create_task(self._keep(connection))
                while True:
                    ticks = self._understood(await _answer(connection, self._silent_s))
                    if is_lost and self._channels <= self._heard:
                        is_lost = False
                        yield ()
                    if ticks:
                        yield ticks
            except (RedisError, OSError, TimeoutError) as error:
                is_lost = True
                pause_s = self._availability.down(error)
            finally:
                self._is_connected = False
                try:
                    if keeper is not None:
                        keeper.cancel()
                        # who still sends would open the connection again
                        await asyncio.wait([keeper])
                finally:
                    # also for whoever is told to end while waiting
                    with suppress(RedisError, OSError, TimeoutError):
                        await connection.disconnect()
            await asyncio.sleep(pause_s)

    def _understood(self, answer: object) -> Sequence[LiveTick]:
        """Return the ticks of a message; note which channels are heard."""
        if not isinstance(answer, list) or len(parts := cast("list[object]", answer)) != _MESSAGE:  # a list of anything
            return ()
        kind, channel, content = parts
        if kind == b"message" and isinstance(content, bytes):
            with suppress(msgspec.MsgspecError):
                return decode_frame(content)
        elif isinstance(channel, bytes) and kind == b"subscribe":
            self._heard.add(channel.decode())
            self._tell_waiting()
        elif isinstance(channel, bytes) and kind == b"unsubscribe":
            self._heard.discard(channel.decode())
        return ()

    def _tell_waiting(self) -> None:
        if self._channels <= self._heard:
            self._availability.up()
            for done in self._waiting:
                if not done.done():
                    done.set_result(None)
            self._waiting = []

    async def _keep(self, connection: BusConnection) -> None:
        """Subscribe to what is followed, say every second what that is, and ask whether the connection lives."""
        subscribed: frozenset[str] = frozenset()
        told: frozenset[str] | None = None
        with suppress(RedisError, OSError, TimeoutError):
            while True:
                self._changed.clear()
                symbols, channels = self._symbols, self._channels or frozenset({_NONE})
                with suppress(BusAway):
                    told = await self._renew(symbols, told)
                with cancellable():
                    if channels - subscribed:
                        await connection.send_command("SUBSCRIBE", *sorted(channels - subscribed))
                    if subscribed - channels:
                        await connection.send_command("UNSUBSCRIBE", *sorted(subscribed - channels))
                    subscribed = channels
                    await connection.send_command("PING")
                self._tell_waiting()
                # not `wait_for`, which forgets that it was cancelled where the event comes at the same time
                with suppress(TimeoutError):
                    async with asyncio.timeout(_RENEW_S):
                        await self._changed.wait()

    async def _renew(self, symbols: frozenset[str], told: frozenset[str] | None) -> frozenset[str]:
        """Say what this process follows; only who is known to follow the same is renewed without saying it again."""
        if symbols != told or not await self._wants.renew():
            await self._wants.write(symbols)
        return symbols


async def _answer(connection: BusConnection, silent_s: float) -> object:
    """Return the next answer; raise TimeoutError where nothing comes though something must."""
    with cancellable():
        answer = await connection.read_response(timeout=silent_s, disconnect_on_error=False)
    if answer is None:
        raise TimeoutError
    return answer

"""The work of a process that hears feeds: it follows what its shards want, tells it, stores it and says how it goes.

Everything runs on one event loop. What a feed hands over is merged and numbered at once; a few milliseconds' worth
travels together. While Redis is away the last of each symbol waits, and what is held is followed as before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, final

import structlog

from adapters.market_data.live.body import as_of_of, encode_tick
from adapters.market_data.live.counting import FeedCounts
from adapters.market_data.live.following import Following
from adapters.market_data.live.opening import OpeningQuotes
from adapters.platform.jobs.waiting import Availability
from application.market_data.live.ports import (
    BusAway,
    FeedReports,
    HeldSymbols,
    ShardLeases,
    Stop,
    TickFeed,
    TickIngest,
    TickPublisher,
    TickStore,
)
from application.market_data.live.tick_desk import TickDesk, first_sequence
from application.shared.ports import Clock
from domain.market_data.tick import TickUpdate
from domain.market_data.ticker import Ticker
from domain.shared.errors import Unavailable

_FLUSH_S: Final = 0.005
_STEER_S: Final = 0.5
_HELD_S: Final = 60.0
_STORE_S: Final = 1.0
_REPORT_S: Final = 1.0
_AT_ONCE: Final = 2_000
# a feed that is cut off again and again is no reason to ask its provider as often
_ASK_AGAIN_AFTER: Final = timedelta(minutes=5)
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_ROWS_AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the process stands on."""

    publisher: TickPublisher
    leases: ShardLeases
    reports: FeedReports
    held: HeldSymbols
    store: TickStore
    clock: Clock
    counts: FeedCounts
    opening: OpeningQuotes


@final
class Ingest(TickIngest):
    """One per process."""

    def __init__(self, feeds: Sequence[TickFeed], around: Around) -> None:
        self._feeds = feeds
        self._around = around
        self._desk = TickDesk(encode_tick)
        self._following = Following(feeds)
        self._news = asyncio.Event()
        self._shards: frozenset[int] = frozenset()
        self._held: frozenset[Ticker] = frozenset()
        # what is followed and of which nothing is known yet
        self._opening: set[Ticker] = set()
        self._untold: frozenset[Ticker] = frozenset()
        # how often each feed was connected anew when it was asked last, and when that was
        self._asked: dict[str, tuple[int, datetime]] = {}
        self._log = structlog.stdlib.get_logger("tapedeck.ingest")

    async def run(self, stop: Stop) -> None:
        """Hear and tell until told to stop."""
        try:
            async with asyncio.TaskGroup() as tasks:
                work = [tasks.create_task(feed.run(self._receive)) for feed in self._feeds]
                loops = (self._steer, self._tell, self._open, self._read_held, self._store, self._report)
                work += [tasks.create_task(loop()) for loop in loops]
                await stop.wait()
                for task in work:
                    task.cancel()
        finally:
            await self._finish()

    async def _finish(self) -> None:
        """Tell and store what is left, and give the shards back."""
        with suppress(BusAway):
            while ticks := self._desk.take(_AT_ONCE):
                await self._around.publisher.publish(ticks)
        # others wait for the shards, whatever became of the last ticks
        with suppress(BusAway):
            await self._around.leases.release()
        with suppress(Unavailable):
            while rows := self._desk.take_to_store(_ROWS_AT_ONCE):
                await self._around.store.add(rows)

    def _receive(self, updates: Sequence[TickUpdate]) -> None:
        self._desk.receive(self._following.told(updates))
        if self._desk.has_news:
            self._news.set()

    async def _steer(self) -> None:
        """Follow what is wanted or held of the shards that are ours."""
        availability = Availability("tick bus")
        while True:
            try:
                shards = await self._around.leases.renew()
                wanted = await self._around.publisher.wanted()
                if shards != self._shards:
                    self._log.info("shards", held=len(shards))
                self._shards = shards
                mine = self._following.of(wanted, self._held, shards, self._around.clock.now())
                new = mine - self._desk.followed
                await self._take_over(new)
                self._desk.leave(self._desk.followed - mine)
                untold, moved = self._following.follow(mine, self._around.clock.now())
                # what is new or moved is so but once: nothing that can fail may come before
                self._opening.update(new | moved | self._missed())
                self._note(untold, moved)
                await self._around.publisher.say_untold(frozenset(map(str, untold)))
                availability.up()
            except BusAway as error:
                # what was followed is followed on: the leases of all others have ended as well
                await asyncio.sleep(availability.down(error))
            await asyncio.sleep(_STEER_S)

    async def _take_over(self, tickers: frozenset[Ticker]) -> None:
        """Begin with numbers above those of whoever followed them before, and with nothing older than was shown."""
        if tickers:
            kept = await self._around.publisher.last([str(ticker) for ticker in tickers])
            now = self._around.clock.now()
            numbers, shown = dict[Ticker, int](), dict[Ticker, datetime]()
            for ticker in tickers:
                last = kept.get(str(ticker))
                numbers[ticker] = first_sequence(now, 0 if last is None else last.sequence)
                as_of = None if last is None else as_of_of(last.body)
                if as_of is not None:
                    # a clock that was ahead holds nothing back for longer than until now
                    shown[ticker] = min(as_of, now)
            self._desk.follow(numbers, shown)

    def _missed(self) -> frozenset[Ticker]:
        """Return of what the session may have gone on unheard: a feed was cut off, and is there again."""
        missed: set[Ticker] = set()
        now = self._around.clock.now()
        for feed in self._feeds:
            health = feed.health()
            known, asked_at = self._asked.get(feed.provider, (health.reconnects, _LONG_AGO))
            if health.is_alive and health.reconnects > known and now - asked_at >= _ASK_AGAIN_AFTER:
                missed.update(self._following.tellers(self._desk.followed).get(feed.provider, ()))
                known, asked_at = health.reconnects, now
            self._asked[feed.provider] = known, asked_at
        return frozenset(missed)

    def _note(self, untold: frozenset[Ticker], moved: frozenset[Ticker]) -> None:
        """Say in the log what is not told, and what another feed tells than before."""
        if untold - self._untold:
            self._log.warning("untold", symbols=len(untold))
        self._untold = untold
        if moved:
            tellers = {provider: len(tickers) for provider, tickers in self._following.tellers(moved).items()}
            self._log.warning("another feed tells", symbols=len(moved), tellers=tellers)

    async def _tell(self) -> None:
        """Publish what there is, a few milliseconds' worth at a time."""
        availability = Availability("tick bus")
        while True:
            await self._news.wait()
            await asyncio.sleep(_FLUSH_S)
            self._news.clear()
            while ticks := self._desk.take(_AT_ONCE):
                try:
                    await self._around.publisher.publish(ticks)
                    availability.up()
                except BusAway as error:
                    self._desk.give_back(ticks)
                    await asyncio.sleep(availability.down(error))

    async def _open(self) -> None:
        """Begin with what providers say when they are asked: a stream says nothing before something changes.

        They are asked again after a cut, in which the volume of the session went on unheard.
        """
        while True:
            tickers, self._opening = self._opening & self._desk.followed, set()
            if tickers:
                self._receive(await self._around.opening.read(self._following.tellers(tickers)))
            await asyncio.sleep(_STEER_S)

    async def _read_held(self) -> None:
        availability = Availability("held symbols")
        while True:
            try:
                self._held = await self._around.held.held()
                availability.up()
            except Unavailable as error:
                availability.down(error)
            await asyncio.sleep(_HELD_S)

    async def _store(self) -> None:
        """Keep ticks, in batches; those of a time when the database is away are lost, and counted."""
        availability = Availability("tick store")
        while True:
            await asyncio.sleep(_STORE_S)
            while rows := self._desk.take_to_store(_ROWS_AT_ONCE):
                try:
                    await self._around.store.add(rows)
                    availability.up()
                except Unavailable as error:
                    self._around.counts.unstored(len(rows))
                    availability.down(error)

    async def _report(self) -> None:
        """Say how the feeds are, to who asks after their health and to who counts."""
        while True:
            health = [feed.health() for feed in self._feeds]
            self._around.counts.tell(health, self._desk, self._following.standing_in(), len(self._untold))
            with suppress(BusAway):
                await self._around.reports.tell(health)
            await asyncio.sleep(_REPORT_S)

"""Finds events that wait for their effect and rings for them.

A commit notifies the relay at once; a poll finds what a lost notification or a lost ring left behind. Several
relays may run: each takes rows that no other is looking at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final
from uuid import UUID

import psycopg
from psycopg import sql
from redis.exceptions import RedisError
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_listener
from adapters.platform.database.failures import DatabaseUnavailable
from adapters.platform.database.transaction import ambient
from adapters.platform.jobs.leases import JOBS
from adapters.platform.jobs.waiting import Availability, pause
from adapters.platform.outbox import CHANNEL
from domain.shared.events import Priority

BATCH = 500

_CLAIM = text(
    """
    UPDATE outbox SET rung_at = clock_timestamp()
    FROM (
        SELECT organisation_id, id, rung_at IS NULL AS is_fresh FROM outbox
        WHERE done_at IS NULL AND dead_at IS NULL AND available_at <= now()
            AND (rung_at IS NULL OR rung_at < now() - :again_after_s * interval '1 second')
            AND (leased_until IS NULL OR leased_until < now())
        ORDER BY priority, available_at LIMIT :batch FOR UPDATE SKIP LOCKED
    ) AS ready
    WHERE outbox.organisation_id = ready.organisation_id AND outbox.id = ready.id
    RETURNING outbox.id, outbox.priority, ready.is_fresh
    """
)
_UNDO = text("UPDATE outbox SET rung_at = NULL WHERE id = ANY(:ids) AND done_at IS NULL AND dead_at IS NULL")


@dataclass(frozen=True, slots=True)
class Ring:
    """An event to ring for, and at which bell: there is one for each priority."""

    event_id: UUID
    priority: Priority


class Doorbell(Protocol):
    """Tells some worker about events."""

    def ring(self, fresh: Sequence[Ring], again: Sequence[Ring]) -> None:
        """Ring for events never rung before and for those rung in vain; blocks; raises RedisError."""
        ...


@final
class Relay:
    """Rings for what is ready. A row is marked before the ring, since a worker may answer within a millisecond."""

    def __init__(
        self,
        engine: AsyncEngine,
        doorbell: Doorbell,
        *,
        poll_s: float = 1.0,
        ring_again_after_s: float = 30.0,
        listen_url: URL | None = None,
    ) -> None:
        self._engine = engine
        self._listen_url = listen_url or engine.url
        self._doorbell = doorbell
        self._poll_s = poll_s
        self._ring_again_after_s = ring_again_after_s
        self._database = Availability("database")
        self._redis = Availability("redis")

    async def ring_ready(self) -> int:
        """Ring once for up to a batch of ready events and return for how many."""
        async with ambient(self._engine, JOBS) as block:
            rows = (
                await block.connection.execute(_CLAIM, {"again_after_s": self._ring_again_after_s, "batch": BATCH})
            ).all()
            await block.commit()
        if not rows:
            return 0
        fresh = [Ring(row.id, Priority(row.priority)) for row in rows if row.is_fresh]
        again = [Ring(row.id, Priority(row.priority)) for row in rows if not row.is_fresh]
        try:
            await asyncio.to_thread(self._doorbell.ring, fresh, again)
        except RedisError:
            await self._undo([row.id for row in rows])
            raise
        return len(rows)

    async def run(self, stop: asyncio.Event) -> None:
        """Ring until `stop` is set, through absences of either server."""
        wake = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            listener = tasks.create_task(self._listen(wake))
            pump = tasks.create_task(self._pump(stop, wake))
            await stop.wait()
            wake.set()
            await pump
            listener.cancel()

    async def _pump(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        while not stop.is_set():
            wake.clear()
            try:
                rung = await self.ring_ready()
            except DatabaseUnavailable as error:
                await pause(stop, self._database.down(error))
                continue
            except RedisError as error:
                self._database.up()
                await pause(stop, self._redis.down(error))
                continue
            self._database.up()
            if rung:
                self._redis.up()
            if rung < BATCH:
                await pause(wake, self._poll_s)

    async def _listen(self, wake: asyncio.Event) -> None:
        never = asyncio.Event()
        while True:
            try:
                await self._listen_once(wake)
            except (psycopg.OperationalError, OSError):
                # the pump notices and says so; until the listener is back, polling does
                await pause(never, self._poll_s)

    async def _listen_once(self, wake: asyncio.Event) -> None:
        connection = await open_listener(self._listen_url)
        async with connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
            wake.set()
            async for _ in connection.notifies():
                wake.set()

    async def _undo(self, ids: Sequence[UUID]) -> None:
        try:
            async with ambient(self._engine, JOBS) as block:
                await block.connection.execute(_UNDO, {"ids": list(ids)})
                await block.commit()
        except DatabaseUnavailable:
            return  # they are rung again when their time is over

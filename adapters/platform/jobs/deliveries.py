"""Brings an event to its reaction, exactly once as far as the database can tell.

Each step is one transaction: it locks the event's row, runs the reaction, and marks the row done or touched.
A process that dies in between leaves nothing behind; one that dies after the commit has nothing left to do.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from time import monotonic
from typing import TypeAlias, final
from uuid import UUID

import structlog
from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.platform.database.failures import DatabaseUnavailable
from adapters.platform.database.transaction import Tenant, ambient
from adapters.platform.jobs.waiting import Availability, pause
from adapters.platform.outbox import CHANNEL
from application.shared.reactions import Again, Delivery, Done, Reaction
from domain.shared.errors import TapedeckError
from domain.shared.ids import EventId, OrganisationId

Reactions: TypeAlias = Mapping[str, Callable[[], Reaction]]

MAX_ATTEMPTS = 3
# A process can die through no fault of the event (a deployment, the machine), so that is forgiven more often.
MAX_CRASHES = 10
STEP_S = 120
SLICE_S = 20

JOBS = Tenant(purpose="jobs")

_TAKE = text(
    """
    SELECT organisation_id, id, name, payload FROM outbox
    WHERE id = :id AND done_at IS NULL AND dead_at IS NULL AND available_at <= now()
    FOR UPDATE SKIP LOCKED
    """
)
_TAKE_NEXT = text(
    """
    SELECT organisation_id, id, name, payload FROM outbox
    WHERE done_at IS NULL AND dead_at IS NULL AND available_at <= now()
    ORDER BY available_at LIMIT 1 FOR UPDATE SKIP LOCKED
    """
)
_DONE = text("UPDATE outbox SET done_at = clock_timestamp() WHERE organisation_id = :organisation AND id = :id")
# a ring counts from the newest step, so that the relay does not ring for what is being worked on
_TOUCH = text("UPDATE outbox SET rung_at = clock_timestamp() WHERE organisation_id = :organisation AND id = :id")
_HAND_BACK = text("UPDATE outbox SET rung_at = NULL WHERE id = :id AND done_at IS NULL AND dead_at IS NULL")
_NOTIFY = text("SELECT pg_notify(:channel, '')")
_LOCK_FAILED = text(
    "SELECT attempts, crashes FROM outbox WHERE id = :id AND done_at IS NULL AND dead_at IS NULL FOR UPDATE"
)
_RECORD = text(
    """
    UPDATE outbox SET attempts = :attempts, crashes = :crashes, last_error = :error, rung_at = NULL,
        available_at = clock_timestamp() + :delay_s * interval '1 second',
        dead_at = CASE WHEN :dead THEN clock_timestamp() END
    WHERE id = :id
    """
).bindparams(bindparam("dead"))


def _unheard(event_id: UUID) -> None:
    """Tell nobody."""
    del event_id


@final
class Deliveries:
    """Runs reactions for events by their id; it may be told of the same event any number of times."""

    def __init__(self, engine: AsyncEngine, *, first_delay_s: float = 2.0) -> None:
        self._engine = engine
        self._first_delay_s = first_delay_s
        self._database = Availability("database")
        self._log = structlog.stdlib.get_logger("tapedeck.worker")

    async def deliver(
        self, event_id: UUID, reactions: Reactions, stop: asyncio.Event, *, taking: Callable[[UUID], None] = _unheard
    ) -> None:
        """Work on the event, then on all else that is ready, until the slice of time is over or `stop` is set.

        A fork and a connection cost more than most events, so one ring answers for all that wait. `taking` is
        called with each event before its reaction. A multi-step event that is left over is handed back to the
        relay. While the database is away this waits for it.
        """
        ends = monotonic() + SLICE_S
        wanted: UUID | None = event_id
        while True:
            is_over = stop.is_set() or monotonic() >= ends
            try:
                if is_over:
                    if wanted is not None:
                        await self._hand_back(wanted)
                    return
                wanted, is_idle = await self._step(wanted, reactions, taking)
                self._database.up()
                if is_idle:
                    return
            except DatabaseUnavailable as error:
                if is_over:
                    return  # the sweeper rings again
                await pause(stop, self._database.down(error))

    async def record_crash(self, event_id: UUID) -> None:
        """Note that the process that worked on the event died; the event is tried again, but not for ever."""
        await self._record(event_id, "The worker process died.", crashes=1)

    async def _step(
        self, wanted: UUID | None, reactions: Reactions, taking: Callable[[UUID], None]
    ) -> tuple[UUID | None, bool]:
        """Do one step of the wanted event, or of any; return the event if it has another, and whether all is idle."""
        event_id = wanted
        try:
            async with asyncio.timeout(STEP_S), ambient(self._engine, JOBS) as block:
                row = (await block.connection.execute(*_take(wanted))).one_or_none()
                if row is None:
                    # the wanted one is done, dead, not due, or in other hands; without one nothing is ready
                    return None, wanted is None
                event_id = row.id
                taking(row.id)
                organisation_id = OrganisationId(row.organisation_id)
                await block.enter(Tenant(organisation_id))
                make = reactions.get(row.name)
                delivery = Delivery(EventId(row.id), row.name, organisation_id, row.payload)
                with structlog.contextvars.bound_contextvars(event_id=str(row.id)):
                    outcome = Done() if make is None else await make()(delivery)
                await _mark(block.connection, organisation_id, row.id, outcome)
                await block.commit()
                return (row.id if isinstance(outcome, Again) else None), False
        except DatabaseUnavailable:
            raise
        except Exception as error:
            if event_id is None:
                raise  # nothing was taken, so this is about us and not about an event
            self._log.warning("failed", event_id=str(event_id), error=type(error).__name__, exc_info=error)
            await self._record(event_id, _in_words(error), attempts=1)
            return None, False

    async def _record(self, event_id: UUID, error: str, *, attempts: int = 0, crashes: int = 0) -> None:
        async with ambient(self._engine, JOBS) as block:
            row = (await block.connection.execute(_LOCK_FAILED, {"id": event_id})).one_or_none()
            if row is None:
                return
            attempts, crashes = row.attempts + attempts, row.crashes + crashes
            is_dead = attempts >= MAX_ATTEMPTS or crashes >= MAX_CRASHES
            delay_s = self._first_delay_s * 4 ** (attempts + crashes - 1) if attempts + crashes else 0.0
            # half of it at random, so that what failed together is not tried again together
            delay_s = min(delay_s, 60) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
            await block.connection.execute(
                _RECORD,
                {
                    "id": event_id,
                    "attempts": attempts,
                    "crashes": crashes,
                    "error": error,
                    "delay_s": delay_s,
                    "dead": is_dead,
                },
            )
            await block.commit()
        if is_dead:
            self._log.error("dead", event_id=str(event_id), attempts=attempts, crashes=crashes)

    async def _hand_back(self, event_id: UUID) -> None:
        async with ambient(self._engine, JOBS) as block:
            await block.connection.execute(_HAND_BACK, {"id": event_id})
            await block.connection.execute(_NOTIFY, {"channel": CHANNEL})
            await block.commit()


def _take(wanted: UUID | None) -> tuple[TextClause, dict[str, UUID]]:
    return (_TAKE_NEXT, {}) if wanted is None else (_TAKE, {"id": wanted})


async def _mark(
    connection: AsyncConnection, organisation_id: OrganisationId, event_id: UUID, outcome: Done | Again
) -> None:
    statement = _DONE if isinstance(outcome, Done) else _TOUCH
    await connection.execute(statement, {"organisation": organisation_id, "id": event_id})


def _in_words(error: Exception) -> str:
    """Our own errors speak for users; others may quote data, so only their class is kept."""
    name = type(error).__name__
    return f"{name}: {error.message}" if isinstance(error, TapedeckError) else name

"""Brings an event to its reaction, exactly once as far as the database can tell.

An event is taken under a lease. Each step of its reaction is one transaction that also marks the row, if the lease
still holds. A process that dies in between leaves nothing behind; one that dies after that has nothing left to do.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final, TypeAlias, final
from uuid import UUID

import structlog
from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.platform.database.failures import DatabaseUnavailable
from adapters.platform.database.transaction import Tenant, ambient
from adapters.platform.jobs.leases import JOBS, LEASE_S, Crash, Hold, Keeper, Lease, LeaseLost, Taken, Taking, take
from adapters.platform.jobs.waiting import Availability, pause
from adapters.platform.outbox import CHANNEL
from adapters.platform.telemetry.jobs import ObservedJobs, Seen
from adapters.platform.user_events import tell
from application.shared.reactions import Again, Delivery, Done, JobKind, Reaction
from application.shared.user_events import Telltale, Told
from domain.shared.errors import TapedeckError
from domain.shared.events import Priority
from domain.shared.ids import UserId

Reactions: TypeAlias = Mapping[str, Callable[[], Reaction]]

# A process can die through no fault of the event (a deployment, the machine), so that is forgiven more often.
MAX_CRASHES = 10
SLICE_S = 20
_MOST_WORDS = 500
_DIED = "The worker process died."
_LONGEST_DELAY_S = 60
DEFAULT_KIND: Final = JobKind(title="other")
_NO_KINDS: Final[Mapping[str, JobKind]] = {}
_NO_TELLTALES: Final[Mapping[str, Telltale]] = {}

_OURS = "organisation_id = :organisation AND id = :id AND epoch = :epoch AND done_at IS NULL AND dead_at IS NULL"
_PROGRESS = "progress_done = coalesce(:done, progress_done), progress_total = coalesce(:total, progress_total)"
# the work was done before anybody could stop it
_DONE = text(
    f"""
    UPDATE outbox SET done_at = clock_timestamp(), leased_until = NULL, cancelled_at = NULL, {_PROGRESS} WHERE {_OURS}
    """  # noqa: S608 - put together from constants above
)
# A ring counts from the newest step, so that the relay does not ring for what is being worked on.
_AGAIN = text(
    f"""
    UPDATE outbox SET rung_at = clock_timestamp(), {_PROGRESS}, place = coalesce(:place, place),
        done_at = CASE WHEN cancelled_at IS NOT NULL THEN clock_timestamp() END,
        leased_until = CASE WHEN cancelled_at IS NULL THEN clock_timestamp() + :lease_s * interval '1 second' END
    WHERE {_OURS} RETURNING done_at IS NOT NULL
    """  # noqa: S608 - put together from constants above
)
_HAND_BACK = text(
    """
    UPDATE outbox SET rung_at = NULL, leased_until = CASE WHEN epoch = :epoch THEN NULL ELSE leased_until END
    WHERE id = :id AND done_at IS NULL AND dead_at IS NULL
    """
)
_NOTIFY = text("SELECT pg_notify(:channel, '')")
_LOCK_FAILED = text(
    """
    SELECT organisation_id, name, payload, attempts, crashes FROM outbox
    WHERE id = :id AND done_at IS NULL AND dead_at IS NULL AND epoch = coalesce(:epoch, epoch) FOR UPDATE
    """
)
_RECORD = text(
    """
    UPDATE outbox SET attempts = :attempts, crashes = :crashes, last_error = :error, rung_at = NULL,
        leased_until = NULL, available_at = clock_timestamp() + :delay_s * interval '1 second',
        dead_at = CASE WHEN :dead THEN clock_timestamp() END
    WHERE id = :id
    """
).bindparams(bindparam("dead"))


_log = structlog.stdlib.get_logger("tapedeck.worker")


def _unheard(taken: Taken | None) -> None:
    """Tell nobody."""
    del taken


@final
class Deliveries:
    """Runs reactions for events by their id; it may be told of the same event any number of times."""

    def __init__(
        self,
        engine: AsyncEngine,
        kinds: Mapping[str, JobKind] = _NO_KINDS,
        *,
        first_delay_s: float = 2.0,
        lease_s: float = LEASE_S,
        observed: ObservedJobs | None = None,
        telltales: Mapping[str, Telltale] = _NO_TELLTALES,
    ) -> None:
        self._engine = engine
        self._kinds = kinds
        self.telltales = telltales
        self._first_delay_s = first_delay_s
        self._lease_s = lease_s
        self._database = Availability("database")
        self._observed = observed or ObservedJobs.by_nobody()

    async def deliver(
        self,
        event_id: UUID,
        reactions: Reactions,
        stop: asyncio.Event,
        *,
        priorities: Sequence[Priority] = tuple(Priority),
        taking: Taking = _unheard,
    ) -> None:
        """Work on the event, then on all else that is ready, until the slice of time is over or `stop` is set.

        A fork and a connection cost more than most events, so one ring answers for all of these priorities that wait.
        `taking` is told of each step before it begins, and of None when it is over. A multi-step event that is left
        over is handed back to the relay. While the database is away this waits for it.
        """
        with Keeper(self._engine.url, self._lease_s).keeping() as hold:
            work = _Slice(
                deliveries=self,
                engine=self._engine,
                lease_s=self._lease_s,
                reactions=reactions,
                priorities=priorities,
                taking=taking,
                hold=hold,
                wanted=event_id,
            )
            await work.run(stop, self._database)

    async def record_end(self, crash: Crash) -> None:
        """Note that the process that worked on an event died; the event is tried again, but not for ever.

        A step that took too long has failed like any other.
        """
        taken = crash.taken
        if taken is not None and crash.is_overrun:
            await self._record(taken.event_id, taken.epoch, f"It took longer than {taken.step_s} s.", attempts=1)
        elif taken is not None:
            await self._record(taken.event_id, taken.epoch, _DIED, crashes=1)
        elif crash.rung_for is not None:
            await self._record(crash.rung_for, None, _DIED, crashes=1)

    async def record_failure(self, lease: Lease, error: Exception) -> None:
        """Note that a step raised."""
        await self._record(lease.event_id, lease.epoch, _in_words(error), attempts=1)

    def observe(self, lease: Lease) -> AbstractContextManager[Seen]:
        """See a step of this event from outside."""
        return self._observed.step(self.kind_of(lease.name).title, lease)

    def kind_of(self, name: str) -> JobKind:
        """How events of this name are dealt with."""
        return self._kinds.get(name, DEFAULT_KIND)

    async def _record(
        self, event_id: UUID, epoch: int | None, error: str, *, attempts: int = 0, crashes: int = 0
    ) -> None:
        """Note a failure under the lease of this epoch, or under any: the event is tried again later, or dead."""
        async with ambient(self._engine, JOBS) as block:
            row = (await block.connection.execute(_LOCK_FAILED, {"id": event_id, "epoch": epoch})).one_or_none()
            if row is None:
                return
            attempts, crashes = row.attempts + attempts, row.crashes + crashes
            is_dead = attempts >= self.kind_of(row.name).max_attempts or crashes >= MAX_CRASHES
            delay_s = min(self._first_delay_s * 4.0 ** (attempts + crashes - 1), _LONGEST_DELAY_S)
            # half of it at random, so that what failed together is not tried again together
            delay_s *= random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
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
            if is_dead:
                await block.enter(Tenant(row.organisation_id))
                told = _given_up(event_id, self.kind_of(row.name), row.payload)
                await tell(block.connection, row.organisation_id, told)
            await block.commit()
        if is_dead:
            _log.error("dead", event_id=str(event_id), attempts=attempts, crashes=crashes)


@dataclass(slots=True, kw_only=True)
class _Slice:
    """What one ring sets off: events one after another, each under its lease, for a while.

    `wanted` is the event to take next, any if None; `mine` is the epoch of the lease on it that was had before.
    """

    deliveries: Deliveries
    engine: AsyncEngine
    lease_s: float
    reactions: Reactions
    priorities: Sequence[Priority]
    taking: Taking
    hold: Hold
    wanted: UUID | None
    lease: Lease | None = None
    mine: int | None = None

    async def run(self, stop: asyncio.Event, database: Availability) -> None:
        """Deal with the event, then with any, until there is none, time is over, or it is asked to stop."""
        ends = monotonic() + SLICE_S
        while True:
            is_over = stop.is_set() or monotonic() >= ends
            try:
                if is_over:
                    await self._hand_back()
                    return
                is_idle = await self._advance()
                database.up()
                if is_idle:
                    return
            except DatabaseUnavailable as error:
                if is_over:
                    return  # the sweeper rings again
                # whether the lease was kept is anybody's guess
                self.lease = None
                await pause(stop, database.down(error))

    async def _advance(self) -> bool:
        """Take an event, if none is in hand, and do one step of it; return whether there is nothing to do."""
        lease = self.lease or await take(
            self.engine, self.wanted, self.lease_s, priorities=self.priorities, mine=self.mine
        )
        if lease is None and self.wanted is None:
            return True
        if lease is not None and not lease.is_cancelled:
            self.wanted, self.mine = lease.event_id, lease.epoch
            lease = await self._step(lease)
        else:
            lease = None  # the wanted one is done, not due, or in other hands
        self.lease = lease
        if lease is None:
            self.wanted = self.mine = None
        return False

    async def _step(self, lease: Lease) -> Lease | None:
        """Do one step of the event; return its lease if it has another."""
        with self.deliveries.observe(lease) as seen:
            return await self._do(lease, seen)

    async def _do(self, lease: Lease, seen: Seen) -> Lease | None:
        kind = self.deliveries.kind_of(lease.name)
        try:
            with self._held(lease):
                async with asyncio.timeout(kind.step_s), ambient(self.engine, Tenant(lease.organisation_id)) as block:
                    outcome = await self._react(lease, block.connection)
                    is_over = await _mark(block.connection, lease, outcome, self.lease_s)
                    await block.commit()
                    seen.outcome = "done" if is_over else "again"
                    return None if is_over else _next(lease, outcome)
        except DatabaseUnavailable:
            raise
        except LeaseLost:
            seen.outcome = "lease_lost"
            _log.warning("lease lost", event_id=str(lease.event_id), epoch=lease.epoch)
            return None
        except Exception as error:  # noqa: BLE001 - whatever a reaction raises is on record, and tried again
            seen.fail(error)
            _log.warning("failed", event_id=str(lease.event_id), error=type(error).__name__, exc_info=error)
            await self.deliveries.record_failure(lease, error)
            return None

    @contextmanager
    def _held(self, lease: Lease) -> Iterator[None]:
        self.hold(lease)
        self.taking(Taken(lease.event_id, lease.epoch, self.deliveries.kind_of(lease.name).step_s))
        try:
            yield
        finally:
            self.taking(None)
            self.hold(None)

    async def _react(self, lease: Lease, connection: AsyncConnection) -> Done | Again:
        make, telltale = self.reactions.get(lease.name), self.deliveries.telltales.get(lease.name)
        delivery = Delivery(lease.event_id, lease.name, lease.organisation_id, lease.payload, lease.place)
        outcome: Done | Again = Done()
        with structlog.contextvars.bound_contextvars(event_id=str(lease.event_id)):
            if make is not None:
                outcome = await make()(delivery)
            if telltale is not None and isinstance(outcome, Done):
                await tell(connection, lease.organisation_id, telltale(delivery))
        return outcome

    async def _hand_back(self) -> None:
        if self.wanted is None:
            return
        async with ambient(self.engine, JOBS) as block:
            await block.connection.execute(_HAND_BACK, {"id": self.wanted, "epoch": self.mine})
            await block.connection.execute(_NOTIFY, {"channel": CHANNEL})
            await block.commit()


def _next(lease: Lease, outcome: Done | Again) -> Lease:
    if isinstance(outcome, Done) or outcome.place is None:
        return lease
    return replace(lease, place=outcome.place)


def _key(lease: Lease) -> dict[str, object]:
    return {"organisation": lease.organisation_id, "id": lease.event_id, "epoch": lease.epoch}


async def _mark(connection: AsyncConnection, lease: Lease, outcome: Done | Again, lease_s: float) -> bool:
    """Mark the step and return whether the event is over; raise LeaseLost if somebody else has it by now."""
    progress = outcome.progress
    values = _key(lease) | {
        "done": None if progress is None else progress.done,
        "total": None if progress is None else progress.total,
    }
    if isinstance(outcome, Done):
        if (await connection.execute(_DONE, values)).rowcount != 1:
            raise LeaseLost
        return True
    row = (await connection.execute(_AGAIN, values | {"lease_s": lease_s, "place": outcome.place})).one_or_none()
    if row is None:
        raise LeaseLost
    is_cancelled: bool = row[0]
    return is_cancelled


def _given_up(event_id: UUID, kind: JobKind, payload: Mapping[str, object]) -> Told:
    """Tell whoever asked for the work, or else all of the organisation, that it will not be done by itself."""
    asked = payload.get("user_id")
    user_id = UserId(UUID(asked)) if isinstance(asked, str) else None
    return Told(kind="job_dead", data={"jobId": str(event_id), "kind": kind.title}, user_id=user_id)


def _in_words(error: Exception) -> str:
    """Our own errors speak for users; others may quote data, so only their class is kept."""
    name = type(error).__name__
    words = f"{name}: {error.message}" if isinstance(error, TapedeckError) else name
    return words if len(words) <= _MOST_WORDS else f"{words[: _MOST_WORDS - 3]}..."

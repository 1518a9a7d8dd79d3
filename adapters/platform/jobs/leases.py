"""Who has an event in hand: a lease with an epoch, which survives neither its owner's death nor its owner's sleep.

Whoever takes an event raises its epoch, and whatever a step does is committed together with a mark that only the
newest epoch can set. A worker that was frozen, or cut off, for longer than its lease finds that its mark hits no
row, and nothing of its step is left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias, final
from uuid import UUID

import psycopg
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.engine import open_blocking
from adapters.platform.database.transaction import Tenant, ambient
from application.shared.reactions import Payload
from domain.shared.events import Priority
from domain.shared.ids import EventId, OrganisationId

LEASE_S: Final = 30.0
JOBS: Final = Tenant(purpose="jobs")

_TAKE = """
    WITH next AS (
        SELECT organisation_id, id FROM outbox
        WHERE {which} AND priority = ANY(:priorities) AND done_at IS NULL AND dead_at IS NULL AND available_at <= now()
            AND (leased_until IS NULL OR leased_until < now() OR epoch = :mine)
        ORDER BY priority, available_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox SET epoch = epoch + 1, leased_until = clock_timestamp() + :lease_s * interval '1 second',
        started_at = coalesce(started_at, clock_timestamp()),
        done_at = CASE WHEN cancelled_at IS NOT NULL THEN clock_timestamp() END
    FROM next WHERE outbox.organisation_id = next.organisation_id AND outbox.id = next.id
    RETURNING outbox.organisation_id, outbox.id, outbox.name, outbox.payload, outbox.epoch, outbox.place,
        outbox.cancelled_at IS NOT NULL AS is_cancelled, outbox.traceparent,
        set_config('synchronous_commit', 'off', true)
"""
_TAKE_ONE = text(_TAKE.format(which="id = :id"))
_TAKE_NEXT = text(_TAKE.format(which="true"))
_RENEW = """
    UPDATE outbox SET leased_until = clock_timestamp() + %s * interval '1 second'
    WHERE organisation_id = %s AND id = %s AND epoch = %s AND done_at IS NULL AND dead_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Tells the parent what its child begins: a step of this event under this epoch, to be over after so long."""

    event_id: UUID
    epoch: int
    step_s: int


@dataclass(frozen=True, slots=True)
class Crash:
    """The child died, or took too long and was killed, at this step; without one it died before it had taken any."""

    rung_for: UUID | None
    taken: Taken | None
    is_overrun: bool


Taking: TypeAlias = Callable[[Taken | None], None]


class LeaseLost(Exception):
    """Somebody else has the event in hand by now; what was done under the lease must be undone."""


@dataclass(frozen=True, slots=True)
class Lease:
    """An event in hand; one that somebody asked to stop before is over, and nothing is to be done."""

    organisation_id: OrganisationId
    event_id: EventId
    name: str
    payload: Payload
    epoch: int
    is_cancelled: bool = False
    place: str | None = None
    traceparent: str | None = None


async def take(
    engine: AsyncEngine,
    wanted: UUID | None,
    lease_s: float,
    *,
    priorities: Sequence[Priority] = tuple(Priority),
    mine: int | None = None,
) -> Lease | None:
    """Take the wanted event, or else the most urgent that is ready; None if there is none that is free.

    `mine` is the epoch of a lease that the caller had: after an absence of the database it takes its own event anew.
    """
    # An absence of the database can lose a lease that was just granted, which is as if it had run out; the next
    # transaction, which waits for the disk, is what counts.
    values: dict[str, object] = {"lease_s": lease_s, "mine": mine, "priorities": [each.value for each in priorities]}
    if wanted is not None:
        values["id"] = wanted
    async with ambient(engine, JOBS) as block:
        row = (await block.connection.execute(_TAKE_NEXT if wanted is None else _TAKE_ONE, values)).one_or_none()
        await block.commit()
    if row is None:
        return None
    organisation_id, event_id = OrganisationId(row.organisation_id), EventId(row.id)
    return Lease(
        organisation_id,
        event_id,
        row.name,
        row.payload,
        row.epoch,
        is_cancelled=row.is_cancelled,
        place=row.place,
        traceparent=row.traceparent,
    )


Hold: TypeAlias = Callable[[Lease | None], None]


@final
class Keeper:
    """Renews the lease in hand from a thread of its own, since a step may compute for long without a pause.

    The thread has a connection only while a step outlasts a third of its lease. When the process is frozen the thread
    is as well, and the lease runs out.
    """

    def __init__(self, url: URL, lease_s: float) -> None:
        self._url = url
        self._lease_s = lease_s
        self._held: Lease | None = None
        self._over = threading.Event()
        self._lock = threading.Lock()

    @contextmanager
    def keeping(self) -> Iterator[Hold]:
        """Give what is told of each lease that is taken, and of None when it is over."""
        thread = threading.Thread(target=self._run, name="lease keeper", daemon=True)
        thread.start()
        try:
            yield self._hold
        finally:
            self._over.set()
            thread.join()

    def _hold(self, lease: Lease | None) -> None:
        self._held = lease

    def _run(self) -> None:
        seen: Lease | None = None
        while not self._over.wait(self._lease_s / 3):
            held = self._held
            if held is not None and held is seen:
                self._renew(held)
            seen = held

    def _renew(self, lease: Lease) -> None:
        try:
            with open_blocking(self._url) as connection:
                connection.execute("SELECT set_config('app.purpose', 'jobs', true)")
                key = (lease.organisation_id, lease.event_id, lease.epoch)
                connection.execute(_RENEW, (self._lease_s, *key))
        except psycopg.OperationalError:
            return  # the database is away; it is tried again, and if the lease runs out the step is done anew

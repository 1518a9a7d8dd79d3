"""Users' own events in PostgreSQL: written in the transaction of what they tell of, and rung for when that commits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Final, final
from uuid import UUID

import msgspec
import psycopg
from psycopg import sql
from sqlalchemy import URL, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.platform.database.engine import open_listener
from adapters.platform.database.transaction import Tenant, begin, read
from adapters.platform.jobs.waiting import Availability
from adapters.platform.user_events_table import user_event_heads, user_events
from application.shared.chores import Chore
from application.shared.user_events import KEPT_DAYS, Told, UserEvent, UserEventHeads, UserEventQueries
from domain.shared.access import Actor, Scope
from domain.shared.ids import OrganisationId, UserId

CHANNEL: Final = "tapedeck_user_events"
_STREAMS: Final = Tenant(purpose="streams")
# Each user's number is locked until the commit, in one order for everybody; the ring goes out with the commit.
_TELL: Final = text(
    """
    WITH numbered AS (
        INSERT INTO user_event_heads (organisation_id, user_id, sequence)
        SELECT organisation_id, user_id, 1 FROM memberships
        WHERE organisation_id = :organisation AND user_id = coalesce(CAST(:user AS uuid), user_id)
        ORDER BY user_id
        ON CONFLICT (organisation_id, user_id) DO UPDATE SET sequence = user_event_heads.sequence + 1
        RETURNING organisation_id, user_id, sequence
    ), told AS (
        INSERT INTO user_events (organisation_id, user_id, sequence, kind, data)
        SELECT organisation_id, user_id, sequence, :kind, CAST(:data AS jsonb) FROM numbered
        RETURNING user_id, sequence
    )
    SELECT pg_notify(:channel, user_id::text || ' ' || sequence::text) FROM told
    """
)


@final
class SqlUserEventQueries(UserEventQueries):
    """Reads what a user was told."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def after(self, actor: Actor, sequence: int, limit: int) -> Sequence[UserEvent]:
        """Return what follows in order, as far as it is kept."""
        actor.require(Scope.LEDGER_READ)
        event = user_events.c
        statement = (
            select(event.sequence, event.kind, event.at, event.data)
            .where(
                event.organisation_id == actor.organisation_id,
                event.user_id == actor.user_id,
                event.sequence > sequence,
            )
            .order_by(event.sequence)
            .limit(limit)
        )
        async with read(self._engine, Tenant(actor.organisation_id)) as connection:
            rows = (await connection.execute(statement)).all()
        return [
            UserEvent(sequence=row.sequence, kind=row.kind, at=row.at, data=msgspec.json.encode(row.data))
            for row in rows
        ]


@final
class SqlUserEventHeads(UserEventHeads):
    """Reads how far users are, and hears PostgreSQL's notifications of it."""

    def __init__(self, engine: AsyncEngine, listen_url: URL | None = None) -> None:
        self._engine = engine
        self._listen_url = listen_url or engine.url
        self._availability = Availability("notifications")

    async def heads(self, users: Collection[UserId]) -> Mapping[UserId, int]:
        """Return how far each is that has events."""
        head = user_event_heads.c
        async with read(self._engine, _STREAMS) as connection:
            found = await connection.execute(select(head.user_id, head.sequence).where(head.user_id.in_(list(users))))
            return {UserId(row.user_id): row.sequence for row in found}

    async def rings(self) -> AsyncIterator[tuple[UserId, int]]:
        """Yield whose sequence grew, and how far it is."""
        while True:
            try:
                connection = await open_listener(self._listen_url)
                async with connection:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                    self._availability.up()
                    async for note in connection.notifies():
                        user, _, sequence = note.payload.partition(" ")
                        yield UserId(UUID(user)), int(sequence)
            except (psycopg.OperationalError, OSError) as error:
                await asyncio.sleep(self._availability.down(error))


async def tell(connection: AsyncConnection, organisation_id: OrganisationId, told: Told) -> None:
    """Tell it in this transaction, which must work for the organisation; who listens hears when it commits."""
    values = {
        "organisation": organisation_id,
        "user": told.user_id,
        "kind": told.kind,
        "data": msgspec.json.encode(told.data).decode(),
        "channel": CHANNEL,
    }
    await connection.execute(_TELL, values)


@final
class UserEventsPurge(Chore):
    """Removes what users were told and is older than it is kept."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self) -> int:
        """Remove it in every organisation and return how many events there were."""
        async with begin(self._engine, Tenant(purpose="housekeeping")) as block:
            old = func.now() - func.make_interval(0, 0, 0, KEPT_DAYS)
            removed = (await block.connection.execute(delete(user_events).where(user_events.c.at < old))).rowcount
            await block.commit()
        return removed

"""Writes the usage log behind the requests' backs: in batches, once a second, from a list that cannot grow for ever.

While the database is away calls wait; what finds no room is lost and counted, since no request may fail or wait for
being logged.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Final, NamedTuple, final
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct
from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.failures import DatabaseUnavailable
from adapters.platform.database.transaction import Tenant, begin, read
from adapters.platform.jobs.waiting import Availability, pause
from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.usage_table import usage_log as table
from application.shared.chores import Chore
from application.shared.pages import Page, PageRequest
from application.shared.usage import UsageQueries, UsageView
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid, Unavailable

KEPT_DAYS: Final = 90
BATCH: Final = 2_000
_ROOM: Final = 20_000
_EVERY_S: Final = 1.0
_PURPOSE: Final = Tenant(purpose="usage")
_ADDRESSES: Final = 4_096
# one statement with one parameter, however many rows: they are taken apart by the database, which has time for it
_WRITE: Final = text(
    """
    INSERT INTO usage_log
    SELECT organisation_id, id, user_id, to_timestamp(milliseconds / 1000.0), method, route, status, seconds,
        address_hash
    FROM json_to_recordset(CAST(:rows AS json)) AS row (
        organisation_id uuid, id uuid, user_id uuid, milliseconds bigint, method text, route text, status smallint,
        seconds double precision, address_hash text
    )
    ON CONFLICT DO NOTHING
    """
)


class Call(NamedTuple):
    """A call that has ended; the address is forgotten when the row is written."""

    request_id: str
    actor: Actor
    method: str
    route: str
    status: int
    seconds: float
    address: str | None


@final
class UsageLog:
    """Takes calls at once and writes them soon."""

    def __init__(self, engine: AsyncEngine, metrics: Metrics, key: bytes, *, room: int = _ROOM) -> None:
        self._engine = engine
        self._metrics = metrics
        self._key = key
        self._room = room
        self._calls: deque[Call] = deque()
        self._database = Availability("database")

    def add(self, call: Call) -> None:
        """Take a call, or count it as lost where there is no room."""
        if len(self._calls) >= self._room:
            self._metrics.usage_dropped.inc()
        else:
            self._calls.append(call)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Write for the length of the block what was added, and at its end what is left."""
        stop = asyncio.Event()
        task = asyncio.create_task(self._run(stop))
        try:
            yield
        finally:
            stop.set()
            await task

    async def write(self) -> int:
        """Write one batch and return how many calls it had; raises Unavailable, and keeps them."""
        batch = [self._calls[number] for number in range(min(BATCH, len(self._calls)))]
        if not batch:
            return 0
        rows = msgspec.json.encode([_row(call, self._key) for call in batch]).decode()
        async with begin(self._engine, _PURPOSE) as block:
            await block.connection.execute(_WRITE, {"rows": rows})
            await block.commit()
        for _ in batch:
            self._calls.popleft()
        self._metrics.usage_rows.inc(len(batch))
        return len(batch)

    async def _run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await pause(stop, _EVERY_S)
            await self._write_all(stop)
        # once more, for a process that is asked to stop before it began
        await self._write_all(stop)
        # the process ends, and nobody else knows of these
        self._lose(len(self._calls))

    def _lose(self, count: int) -> None:
        for _ in range(count):
            self._calls.popleft()
        self._metrics.usage_dropped.inc(count)

    async def _write_all(self, stop: asyncio.Event) -> None:
        try:
            while await self.write() == BATCH:
                pass
        except Unavailable as error:
            if isinstance(error, DatabaseUnavailable):
                await pause(stop, self._database.down(error))
        except Exception as error:  # noqa: BLE001 - no row is worth the process; the batch is lost
            lost = min(BATCH, len(self._calls))
            self._lose(lost)
            structlog.stdlib.get_logger("tapedeck.usage").error("usage log failed", lost=lost, exc_info=error)
        else:
            self._database.up()


class _Row(Struct):
    """A call as the database is given it."""

    organisation_id: UUID
    id: str
    user_id: UUID
    milliseconds: int
    method: str
    route: str
    status: int
    seconds: float
    address_hash: str | None


@lru_cache(_ADDRESSES)
def hashed(address: str, organisation_id: UUID, key: bytes) -> str:
    """Return a hash that tells nothing without the key, and does not tell organisations' callers apart or alike."""
    return hashlib.blake2b(address.encode(), digest_size=16, key=key, salt=organisation_id.bytes).hexdigest()


def _row(call: Call, key: bytes) -> _Row:
    actor, request_id, address = call.actor, call.request_id, call.address
    return _Row(
        actor.organisation_id,
        request_id,
        actor.user_id,
        # a UUIDv7 begins with 48 bits of milliseconds
        int(request_id[:8] + request_id[9:13], 16),
        call.method,
        call.route,
        call.status,
        round(call.seconds, 6),
        None if address is None else hashed(address, actor.organisation_id, key),
    )


@final
class SqlUsageQueries(UsageQueries):
    """Reads what a user called."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def calls(self, actor: Actor, page: PageRequest) -> Page[UsageView]:
        """Return calls, newest first."""
        actor.require(Scope.PROFILE)
        columns = table.c
        statement = (
            select(columns.id, columns.called_at, columns.method, columns.route, columns.status, columns.seconds)
            .add_columns(columns.address_hash)
            .where(columns.organisation_id == actor.organisation_id, columns.user_id == actor.user_id)
            .order_by(columns.id.desc())
            .limit(page.limit + 1)
        )
        if page.cursor is not None:
            statement = statement.where(columns.id < _decode(page.cursor))
        async with read(self._engine, Tenant(actor.organisation_id)) as connection:
            rows = (await connection.execute(statement)).all()
        views = [
            UsageView(
                request_id=row.id,
                called_at=row.called_at,
                method=row.method,
                route=row.route,
                status=row.status,
                seconds=row.seconds,
                address_hash=row.address_hash,
            )
            for row in rows
        ]
        shown: Sequence[UsageView] = views[: page.limit]
        return Page(shown, shown[-1].request_id.hex if len(views) > page.limit else None)


@final
class UsagePurge(Chore):
    """Removes calls that are older than they are kept."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self) -> int:
        """Remove them in every organisation and return how many there were."""
        async with begin(self._engine, Tenant(purpose="housekeeping")) as block:
            old = func.now() - func.make_interval(0, 0, 0, KEPT_DAYS)
            removed = (await block.connection.execute(delete(table).where(table.c.called_at < old))).rowcount
            await block.commit()
        return removed


def _decode(cursor: str) -> UUID:
    try:
        return UUID(hex=cursor)
    except ValueError as error:
        raise Invalid("cursor is not the nextCursor of an earlier page.", field="cursor") from error

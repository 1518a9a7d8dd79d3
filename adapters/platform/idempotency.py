"""Remembers answers in PostgreSQL, in the transaction of the effect."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import final

import msgspec
from sqlalchemy import Row, and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, Transaction, ambient, begin
from adapters.platform.idempotency_table import idempotency_keys
from application.shared.chores import Chore
from application.shared.idempotency import (
    Attempt,
    IdempotencyInProgress,
    IdempotencyMismatch,
    Replays,
    RequestKey,
    StoredResponse,
)
from domain.shared.access import Actor

KEPT_FOR = timedelta(hours=25)


@final
class SqlReplays(Replays):
    """A lock for the time of the request, a row for the day after it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def attempt(self, actor: Actor, key: RequestKey) -> AsyncIterator[Attempt]:
        """Open the ambient transaction of the request; see the port for what it raises."""
        async with ambient(self._engine, Tenant(actor.organisation_id)) as block:
            if not await _lock(block, actor, key):
                raise IdempotencyInProgress(key.key)
            # a statement after the lock sees what its former holder committed
            row = await _find(block, actor, key)
            if row is not None and row.fingerprint != key.fingerprint:
                raise IdempotencyMismatch(key.key)
            yield _SqlAttempt(block, actor, key, None if row is None else _response(row))


@final
class _SqlAttempt(Attempt):
    def __init__(self, block: Transaction, actor: Actor, key: RequestKey, replay: StoredResponse | None) -> None:
        self._block = block
        self._actor = actor
        self._key = key
        self._replay = replay

    @property
    def replay(self) -> StoredResponse | None:
        """The stored answer, if there is one."""
        return self._replay

    async def store(self, response: StoredResponse) -> None:
        """Write the row over an expired one and commit."""
        values = {
            "fingerprint": self._key.fingerprint,
            "status": response.status,
            "headers": msgspec.to_builtins(response.headers),
            "body": response.body,
            "created_at": func.now(),
            "expires_at": func.now() + KEPT_FOR,
        }
        statement = insert(idempotency_keys).values(
            organisation_id=self._actor.organisation_id,
            user_id=self._actor.user_id,
            route=self._key.route,
            key=self._key.key,
            **values,
        )
        await self._block.connection.execute(
            statement.on_conflict_do_update(constraint=idempotency_keys.primary_key, set_=values)
        )
        await self._block.commit()


@final
class IdempotencyPurge(Chore):
    """Removes answers that nobody may ask for any more."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self) -> int:
        """Remove them in every organisation and return how many there were."""
        async with begin(self._engine, Tenant(purpose="housekeeping")) as block:
            statement = delete(idempotency_keys).where(idempotency_keys.c.expires_at <= func.now())
            removed = (await block.connection.execute(statement)).rowcount
            await block.commit()
        return removed


async def _lock(block: Transaction, actor: Actor, key: RequestKey) -> bool:
    """Take the lock of this key until the transaction ends; False if another request has it."""
    parts = (str(actor.organisation_id), str(actor.user_id), key.route, key.key)
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    number = int.from_bytes(digest[:8], signed=True)
    statement = select(func.pg_try_advisory_xact_lock(number))
    return bool((await block.connection.execute(statement)).scalar_one())


async def _find(block: Transaction, actor: Actor, key: RequestKey) -> Row[bytes, int, list[list[str]], bytes] | None:
    columns = idempotency_keys.c
    statement = select(columns.fingerprint, columns.status, columns.headers, columns.body).where(
        and_(
            columns.organisation_id == actor.organisation_id,
            columns.user_id == actor.user_id,
            columns.route == key.route,
            columns.key == key.key,
            columns.expires_at > func.now(),
        )
    )
    return (await block.connection.execute(statement)).one_or_none()


def _response(row: Row[bytes, int, list[list[str]], bytes]) -> StoredResponse:
    return StoredResponse(row.status, tuple((name, value) for name, value in row.headers), row.body)

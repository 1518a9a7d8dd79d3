"""The unit of work on PostgreSQL: one transaction for one tenant, with the stores of a capability on it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.platform.database.transaction import Tenant, Transaction, begin
from adapters.platform.ids import Uuid7Factory
from adapters.platform.outbox import SqlOutbox
from application.shared.ports import IdFactory, Outbox, UnitOfWork


class SqlUnitOfWork(UnitOfWork):
    """A transaction, or a savepoint of the ambient one; undone unless committed. Subclasses add their stores."""

    def __init__(self, engine: AsyncEngine, tenant: Tenant, ids: IdFactory | None = None) -> None:
        self._engine = engine
        self._ids = ids or Uuid7Factory()
        self._tenant = tenant
        self._block: AbstractAsyncContextManager[Transaction] | None = None
        self._transaction: Transaction | None = None

    @property
    def tenant(self) -> Tenant:
        """Whose rows this unit of work may reach."""
        return self._tenant

    @property
    def connection(self) -> AsyncConnection:
        """The connection of the open block; outside of it there is none and this raises."""
        return self._open().connection

    @property
    def outbox(self) -> Outbox:
        """The outbox of the open block's transaction."""
        return SqlOutbox(self._open().connection, self._ids)

    async def __aenter__(self) -> Self:
        """Begin; a unit of work holds one block at a time."""
        if self._block is not None:
            raise RuntimeError("This unit of work is already open; make one for each use case.")
        self._block = begin(self._engine, self._tenant)
        try:
            self._transaction = await self._block.__aenter__()
        except BaseException:
            self._block = None
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End; undo what was not committed."""
        block, self._block, self._transaction = self._block, None, None
        if block is not None:
            await block.__aexit__(kind, error, trace)

    async def commit(self) -> None:
        """Make the block's changes durable together; the block does no more work after it."""
        await self._open().commit()

    def _open(self) -> Transaction:
        if self._transaction is None:
            raise RuntimeError("A unit of work is used inside its `async with` block.")
        return self._transaction

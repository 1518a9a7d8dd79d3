"""The ledger's unit of work on PostgreSQL."""

from __future__ import annotations

from typing import NamedTuple, final

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.ledger.position_store import SqlPositionStore
from adapters.ledger.stores import SqlAccountStore, SqlInstrumentStore, SqlPriceStore, SqlTradeStore
from adapters.platform.database.transaction import Tenant
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from application.ledger.ports import (
    AccountStore,
    InstrumentStore,
    LedgerUnitOfWork,
    LedgerUnits,
    PositionStore,
    PriceStore,
    TradeStore,
)
from application.shared.ports import IdFactory
from domain.shared.ids import OrganisationId


class _Stores(NamedTuple):
    accounts: SqlAccountStore
    instruments: SqlInstrumentStore
    trades: SqlTradeStore
    positions: SqlPositionStore
    prices: SqlPriceStore


@final
class SqlLedgerUnitOfWork(SqlUnitOfWork, LedgerUnitOfWork):
    """One transaction on one organisation's ledger."""

    def __init__(self, engine: AsyncEngine, organisation_id: OrganisationId, ids: IdFactory) -> None:
        super().__init__(engine, Tenant(organisation_id), ids)
        self._organisation = organisation_id
        self._stores: _Stores | None = None

    def bind(self, connection: AsyncConnection) -> None:
        """Build the stores on the block's connection."""
        self._stores = _Stores(
            SqlAccountStore(connection, self._organisation),
            SqlInstrumentStore(connection, self._organisation),
            SqlTradeStore(connection, self._organisation),
            SqlPositionStore(connection, self._organisation, self._ids),
            SqlPriceStore(connection, self._organisation),
        )

    @property
    def accounts(self) -> AccountStore:
        """Accounts."""
        return self._bound().accounts

    @property
    def instruments(self) -> InstrumentStore:
        """Instruments."""
        return self._bound().instruments

    @property
    def trades(self) -> TradeStore:
        """Trades."""
        return self._bound().trades

    @property
    def positions(self) -> PositionStore:
        """Positions and what else follows from trades."""
        return self._bound().positions

    @property
    def prices(self) -> PriceStore:
        """Entered prices."""
        return self._bound().prices

    def _bound(self) -> _Stores:
        if self._stores is None:
            raise RuntimeError("A unit of work is used inside its `async with` block.")
        return self._stores


@final
class SqlLedgerUnits(LedgerUnits):
    """Opens units of work on one engine."""

    def __init__(self, engine: AsyncEngine, ids: IdFactory) -> None:
        self._engine = engine
        self._ids = ids

    def __call__(self, organisation_id: OrganisationId, /) -> LedgerUnitOfWork:
        """Return a unit of work for the organisation."""
        return SqlLedgerUnitOfWork(self._engine, organisation_id, self._ids)

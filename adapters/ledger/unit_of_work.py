"""The ledger's unit of work on PostgreSQL."""

from __future__ import annotations

from typing import final

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.action_store import SqlCorporateActionStore
from adapters.ledger.cash_store import SqlCashMovementStore
from adapters.ledger.market.proposal_store import SqlProposalStore
from adapters.ledger.position_store import SqlPositionStore
from adapters.ledger.stores import SqlAccountStore, SqlInstrumentStore, SqlPriceStore, SqlTradeStore
from adapters.ledger.transfer_store import SqlTransferStore
from adapters.platform.database.transaction import Tenant
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from application.ledger.action_ports import CorporateActionStore
from application.ledger.cash.ports import CashMovementStore
from application.ledger.ports import (
    AccountStore,
    InstrumentStore,
    LedgerUnitOfWork,
    LedgerUnits,
    PriceStore,
    TradeStore,
)
from application.ledger.position_ports import PositionStore
from application.ledger.proposals.ports import ProposalStore
from application.ledger.transfer_ports import TransferStore
from application.shared.ports import IdFactory
from domain.shared.ids import OrganisationId


@final
class SqlLedgerUnitOfWork(SqlUnitOfWork, LedgerUnitOfWork):
    """One transaction on one organisation's ledger."""

    def __init__(self, engine: AsyncEngine, organisation_id: OrganisationId, ids: IdFactory) -> None:
        super().__init__(engine, Tenant(organisation_id), ids)
        self._organisation = organisation_id

    @property
    def accounts(self) -> AccountStore:
        """Accounts."""
        return SqlAccountStore(self.connection, self._organisation)

    @property
    def instruments(self) -> InstrumentStore:
        """Instruments."""
        return SqlInstrumentStore(self.connection, self._organisation)

    @property
    def corporate_actions(self) -> CorporateActionStore:
        """Corporate actions."""
        return SqlCorporateActionStore(self.connection, self._organisation)

    @property
    def transfers(self) -> TransferStore:
        """Transfers."""
        return SqlTransferStore(self.connection, self._organisation)

    @property
    def trades(self) -> TradeStore:
        """Trades."""
        return SqlTradeStore(self.connection, self._organisation)

    @property
    def positions(self) -> PositionStore:
        """Positions and what else follows from trades."""
        return SqlPositionStore(self.connection, self._organisation, self._ids)

    @property
    def cash_movements(self) -> CashMovementStore:
        """Movements of cash."""
        return SqlCashMovementStore(self.connection, self._organisation)

    @property
    def proposals(self) -> ProposalStore:
        """What the market proposes."""
        return SqlProposalStore(self.connection, self._organisation)

    @property
    def prices(self) -> PriceStore:
        """Entered prices."""
        return SqlPriceStore(self.connection, self._organisation)


@final
class SqlLedgerUnits(LedgerUnits):
    """Opens units of work on one engine."""

    def __init__(self, engine: AsyncEngine, ids: IdFactory) -> None:
        self._engine = engine
        self._ids = ids

    def __call__(self, organisation_id: OrganisationId, /) -> LedgerUnitOfWork:
        """Return a unit of work for the organisation."""
        return SqlLedgerUnitOfWork(self._engine, organisation_id, self._ids)

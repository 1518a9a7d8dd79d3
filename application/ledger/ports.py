"""What the ledger's use cases need from outside: stores on one transaction, each built with its tenant.

Rows are locked in one order everywhere, so that writers wait for each other and never in a circle:
accounts, instruments, positions, trades. Movements of cash come before them all: nobody who holds another row waits for
one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from application.ledger.action_ports import CorporateActionStore
from application.ledger.cash.ports import CashMovementStore
from application.ledger.position_ports import PositionStore
from application.ledger.proposals.ports import ProposalStore
from application.ledger.transfer_ports import TransferStore
from application.shared.ports import UnitOfWork
from domain.ledger.account import Account
from domain.ledger.execution import Execution
from domain.ledger.pair import Pair
from domain.ledger.trade import Trade
from domain.shared.ids import AccountId, ImportId, InstrumentId, OrganisationId, TradeId
from domain.shared.instrument import Instrument, InstrumentKey


class AccountStore(Protocol):
    """The organisation's accounts."""

    async def add(self, account: Account) -> None:
        """Store a new account."""
        ...

    async def find(self, account_ids: Iterable[AccountId]) -> Mapping[AccountId, Account]:
        """Return those that exist, and keep them from changing until the transaction ends."""
        ...

    async def labelled(self, label: str) -> Sequence[AccountId]:
        """Return the open accounts with this label, in whatever case it is written."""
        ...

    async def get(self, account_id: AccountId) -> Account:
        """Return the account and lock it until the transaction ends; raise NotFound."""
        ...

    async def save(self, account: Account, expected: int) -> None:
        """Store a changed account; raise VersionConflict unless the stored version is `expected`."""
        ...


class InstrumentStore(Protocol):
    """The organisation's instruments; they are found or made by key and never change."""

    async def find(self, keys: Iterable[InstrumentKey]) -> Mapping[InstrumentKey, Instrument]:
        """Return those that are known."""
        ...

    async def by_id(self, instrument_ids: Iterable[InstrumentId]) -> Mapping[InstrumentId, Instrument]:
        """Return those that exist."""
        ...

    async def lock(self, instrument_ids: Iterable[InstrumentId]) -> Mapping[InstrumentId, Instrument]:
        """Return those that exist, and keep everybody from trading in them until the transaction ends."""
        ...

    async def add(self, instruments: Iterable[Instrument], now: datetime) -> Mapping[InstrumentKey, Instrument]:
        """Store them, unless somebody else just did; return what is stored under each key."""
        ...


class TradeStore(Protocol):
    """The organisation's trades, void ones included."""

    async def get(self, trade_id: TradeId) -> Trade:
        """Return the trade or raise NotFound."""
        ...

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[Trade]:
        """Return at most `limit` trades of the import that are not void, one instrument after another."""
        ...

    async def add(self, trades: Sequence[Trade]) -> frozenset[TradeId]:
        """Store those whose source key is new in the account and that repeat no broker's fill; return their ids."""
        ...

    async def save(self, trades: Sequence[Trade], *, release_keys: bool = False) -> None:
        """Store changed trades, one version later each, and keep what they were.

        With `release_keys` their source keys are free again. Raises VersionConflict if a stored version is not
        the one before the trade's, DuplicateTrade if a trade now repeats another's broker fill.
        """
        ...

    async def executions(self, pairs: Iterable[Pair]) -> Mapping[Pair, Sequence[Execution]]:
        """Return what counts in each pair: its trades that are not void, in any order."""
        ...


@dataclass(frozen=True, slots=True)
class EnteredPrice:
    """What a user says an instrument is worth at an instant; `version` grows with each entry."""

    instrument_id: InstrumentId
    price: Decimal
    as_of: datetime
    version: int


class PriceStore(Protocol):
    """Prices that users entered, the latest entry per instrument."""

    async def find(self, instrument_id: InstrumentId) -> EnteredPrice | None:
        """Return the entry, None if there is none."""
        ...

    async def put(self, price: EnteredPrice, now: datetime) -> None:
        """Store the entry; raise VersionConflict unless the stored version is the one before (none before 1)."""
        ...


class LedgerUnitOfWork(UnitOfWork, Protocol):
    """One transaction on the ledger of one organisation."""

    @property
    def accounts(self) -> AccountStore:
        """Accounts."""
        ...

    @property
    def instruments(self) -> InstrumentStore:
        """Instruments."""
        ...

    @property
    def corporate_actions(self) -> CorporateActionStore:
        """Corporate actions."""
        ...

    @property
    def transfers(self) -> TransferStore:
        """Transfers."""
        ...

    @property
    def trades(self) -> TradeStore:
        """Trades."""
        ...

    @property
    def positions(self) -> PositionStore:
        """Positions and what else follows from trades."""
        ...

    @property
    def cash_movements(self) -> CashMovementStore:
        """Movements of cash."""
        ...

    @property
    def proposals(self) -> ProposalStore:
        """What the market proposes."""
        ...

    @property
    def prices(self) -> PriceStore:
        """Entered prices."""
        ...


class LedgerUnits(Protocol):
    """Opens units of work."""

    def __call__(self, organisation_id: OrganisationId, /) -> LedgerUnitOfWork:
        """Return a unit of work for the organisation."""
        ...

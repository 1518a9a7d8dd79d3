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
from uuid import UUID

from application.ledger.action_ports import CorporateActionStore
from application.ledger.cash.ports import CashMovementStore
from application.ledger.transfer_ports import TransferStore
from application.shared.ports import UnitOfWork
from domain.ledger.account import Account
from domain.ledger.disposal import Disposal
from domain.ledger.execution import Execution, OrderKey
from domain.ledger.lot import Lot
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.ledger.replay import EventCash
from domain.ledger.round_trip import RoundTrip
from domain.ledger.terms import Terms
from domain.ledger.trade import Trade
from domain.shared.ids import AccountId, ImportId, InstrumentId, LotId, OrganisationId, TradeId
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
class Projection:
    """What is stored about a pair besides its totals: lots, disposals, round trips and cash of events, by id."""

    lots: Mapping[UUID, Lot]
    disposals: Mapping[UUID, Disposal]
    round_trips: Mapping[UUID, RoundTrip]
    event_cash: Mapping[UUID, EventCash]


@dataclass(frozen=True, slots=True)
class ProjectionChange:
    """The totals of a pair after a change, what is new or different, and the ids of what no longer is.

    Without `replayed` all disposals are new.
    """

    position: Position
    lots: Sequence[Lot]
    disposals: Sequence[Disposal]
    round_trips: Sequence[RoundTrip]
    replayed: bool = False
    lots_gone: Sequence[UUID] = ()
    disposals_gone: Sequence[UUID] = ()
    round_trips_gone: Sequence[UUID] = ()
    event_cash: Sequence[EventCash] = ()
    event_cash_gone: Sequence[UUID] = ()

    @property
    def pair(self) -> Pair:
        """The pair."""
        return Pair(self.position.terms.account_id, self.position.terms.instrument_id)

    @property
    def has_parts(self) -> bool:
        """Whether anything changes besides the totals."""
        new = (self.lots, self.disposals, self.round_trips, self.event_cash)
        gone = (self.lots_gone, self.disposals_gone, self.round_trips_gone, self.event_cash_gone)
        return any(new) or any(gone)


class PositionStore(Protocol):
    """The stored projections of the trades."""

    async def hold(self, pairs: Iterable[Pair]) -> Mapping[Pair, OrderKey | None]:
        """Make the pairs' positions exist and lock them until the transaction ends; return their newest keys."""
        ...

    async def pairs_of(self, account_id: AccountId | None = None) -> Sequence[Pair]:
        """Return all pairs that have a position, of one account or of all."""
        ...

    async def owners_of(self, lot_ids: Iterable[LotId]) -> Mapping[LotId, Pair]:
        """Return the pairs that the lots belong to, of those that exist."""
        ...

    async def running(self, terms: Sequence[Terms]) -> Sequence[Position]:
        """Return the held positions ready to apply the next execution: totals, open lots, the open round trip."""
        ...

    async def stored(self, pairs: Sequence[Pair]) -> Sequence[Projection]:
        """Return all that is stored about each pair."""
        ...

    async def write(self, changes: Sequence[ProjectionChange], now: datetime) -> None:
        """Store the changes of held positions."""
        ...

    async def note_mended(self, pairs: Sequence[Pair], now: datetime) -> None:
        """Remember that these were found wrong and written anew, for their owner to see."""
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
    def prices(self) -> PriceStore:
        """Entered prices."""
        ...


class LedgerUnits(Protocol):
    """Opens units of work."""

    def __call__(self, organisation_id: OrganisationId, /) -> LedgerUnitOfWork:
        """Return a unit of work for the organisation."""
        ...

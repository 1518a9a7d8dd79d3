"""The ledger's ports in memory. The contract suites hold these fakes and PostgreSQL to the same promises."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import Self, TypeAlias, final
from uuid import UUID

from application.ledger.action_ports import CorporateActionStore
from application.ledger.cash.ports import CashMovementStore
from application.ledger.ports import (
    AccountStore,
    EnteredPrice,
    InstrumentStore,
    LedgerUnitOfWork,
    LedgerUnits,
    PriceStore,
    TradeStore,
)
from application.ledger.position_ports import PositionStore, Projection, ProjectionChange
from application.ledger.proposals.ports import ProposalStore
from application.ledger.transfer_ports import TransferStore
from domain.ledger.account import Account
from domain.ledger.cash import CashMovement
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.disposal import Disposal
from domain.ledger.errors import DuplicateTrade
from domain.ledger.execution import Execution, OrderKey
from domain.ledger.lot import Lot
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.ledger.proposal import Proposal
from domain.ledger.replay import EventCash
from domain.ledger.round_trip import RoundTrip
from domain.ledger.terms import Terms
from domain.ledger.trade import Trade
from domain.ledger.transfer import Moved, Transfer
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import AccountId, ImportId, InstrumentId, LotId, OrganisationId, TradeId
from domain.shared.instrument import Instrument, InstrumentKey
from tests.fakes.cash import FakeCashMovementStore, copy_of
from tests.fakes.corporate_actions import FakeCorporateActionStore
from tests.fakes.platform import FakeOutbox, FakeUnitOfWork
from tests.fakes.prices import FakePriceStore
from tests.fakes.proposals import FakeProposalStore
from tests.fakes.transfers import FakeTransferStore

FillKey: TypeAlias = tuple[object, ...]


@dataclass(slots=True)
class Projected:
    """What is stored about one pair."""

    position: Position | None = None
    lots: dict[UUID, Lot] = field(default_factory=dict[UUID, Lot])
    disposals: dict[UUID, Disposal] = field(default_factory=dict[UUID, Disposal])
    trips: dict[UUID, RoundTrip] = field(default_factory=dict[UUID, RoundTrip])
    cash: dict[UUID, EventCash] = field(default_factory=dict[UUID, EventCash])


@dataclass(slots=True)
class Books:
    """Everything one organisation stored."""

    accounts: dict[AccountId, Account] = field(default_factory=dict[AccountId, Account])
    instruments: dict[InstrumentKey, Instrument] = field(default_factory=dict[InstrumentKey, Instrument])
    trades: dict[TradeId, Trade] = field(default_factory=dict[TradeId, Trade])
    versions: list[Trade] = field(default_factory=list[Trade])
    positions: dict[Pair, Projected] = field(default_factory=dict[Pair, Projected])
    prices: dict[InstrumentId, EnteredPrice] = field(default_factory=dict[InstrumentId, EnteredPrice])
    actions: dict[UUID, CorporateAction] = field(default_factory=dict[UUID, CorporateAction])
    transfers: dict[UUID, Transfer] = field(default_factory=dict[UUID, Transfer])
    moved: dict[UUID, Moved] = field(default_factory=dict[UUID, Moved])
    cash: dict[UUID, CashMovement] = field(default_factory=dict[UUID, CashMovement])
    proposals: dict[UUID, Proposal] = field(default_factory=dict[UUID, Proposal])

    def copied(self) -> Books:
        """Books that can be changed apart from these."""
        return Books(
            accounts={id_: copy.copy(account) for id_, account in self.accounts.items()},
            instruments=dict(self.instruments),
            trades={id_: _stored(trade) for id_, trade in self.trades.items()},
            versions=list(self.versions),
            positions=copy.deepcopy(self.positions),
            prices=dict(self.prices),
            actions={id_: copy.copy(action) for id_, action in self.actions.items()},
            transfers={id_: copy.copy(transfer) for id_, transfer in self.transfers.items()},
            moved=dict(self.moved),
            cash={id_: copy_of(movement) for id_, movement in self.cash.items()},
            proposals={id_: copy.copy(proposal) for id_, proposal in self.proposals.items()},
        )


@final
class FakeAccountStore(AccountStore):
    """Accounts in a dictionary."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def add(self, account: Account) -> None:
        """Store a copy."""
        self._books.accounts[account.id] = copy.copy(account)

    async def find(self, account_ids: Iterable[AccountId]) -> Mapping[AccountId, Account]:
        """Return copies of those that exist."""
        known = self._books.accounts
        return {id_: copy.copy(known[id_]) for id_ in account_ids if id_ in known}

    async def labelled(self, label: str) -> Sequence[AccountId]:
        """Return the open ones with the label."""
        wanted = label.strip().lower()
        found = (each for _, each in sorted(self._books.accounts.items()) if each.closed_at is None)
        return [each.id for each in found if each.details.label.strip().lower() == wanted]

    async def get(self, account_id: AccountId) -> Account:
        """Return a copy."""
        if account_id not in self._books.accounts:
            raise NotFound("account", account_id)
        return copy.copy(self._books.accounts[account_id])

    async def save(self, account: Account, expected: int) -> None:
        """Compare the version, then store a copy."""
        if self._books.accounts[account.id].version != expected:
            raise VersionConflict("account", expected=expected)
        self._books.accounts[account.id] = copy.copy(account)


@final
class FakeInstrumentStore(InstrumentStore):
    """Instruments in a dictionary."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def find(self, keys: Iterable[InstrumentKey]) -> Mapping[InstrumentKey, Instrument]:
        """Return those that are known."""
        return {key: self._books.instruments[key] for key in keys if key in self._books.instruments}

    async def by_id(self, instrument_ids: Iterable[InstrumentId]) -> Mapping[InstrumentId, Instrument]:
        """Return those that exist."""
        wanted = set(instrument_ids)
        return {each.id: each for each in self._books.instruments.values() if each.id in wanted}

    async def lock(self, instrument_ids: Iterable[InstrumentId]) -> Mapping[InstrumentId, Instrument]:
        """Return those that exist; there is nobody to be locked out."""
        return await self.by_id(instrument_ids)

    async def add(self, instruments: Iterable[Instrument], now: datetime) -> Mapping[InstrumentKey, Instrument]:
        """Keep what is there already; when it was made matters to no one here."""
        del now
        return {each.key: self._books.instruments.setdefault(each.key, each) for each in instruments}


@final
class FakeTradeStore(TradeStore):
    """Trades in a dictionary, checked against each other at every insert."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def get(self, trade_id: TradeId) -> Trade:
        """Return a copy."""
        if trade_id not in self._books.trades:
            raise NotFound("trade", trade_id)
        return _stored(self._books.trades[trade_id])

    async def of_import(self, import_id: ImportId, limit: int) -> Sequence[Trade]:
        """Return copies, one instrument after another."""
        found = [each for each in self._books.trades.values() if each.import_id == import_id and not each.is_void]
        return [
            _stored(each) for each in sorted(found, key=lambda trade: (trade.details.instrument_id, trade.id))[:limit]
        ]

    async def add(self, trades: Sequence[Trade]) -> frozenset[TradeId]:
        """Store one after the other what nothing stored repeats."""
        added: set[TradeId] = set()
        for trade in trades:
            if not self._is_known(trade):
                self._books.trades[trade.id] = _stored(trade)
                added.add(trade.id)
        return frozenset(added)

    async def save(self, trades: Sequence[Trade], *, release_keys: bool = False) -> None:
        """Compare all versions, keep the old, store the new."""
        for trade in trades:
            if self._books.trades[trade.id].version != trade.version - 1:
                raise VersionConflict("trade", expected=trade.version - 1)
        for trade in trades:
            if not trade.is_void and self._fill(trade) in self._fills(besides=trade.id):
                raise DuplicateTrade(trade.details.broker_trade_id)
            self._books.versions.append(self._books.trades[trade.id])
            self._books.trades[trade.id] = _stored(trade)
            if release_keys:
                self._books.trades[trade.id].source_key = None

    async def executions(self, pairs: Iterable[Pair]) -> Mapping[Pair, Sequence[Execution]]:
        """Return what counts."""
        wanted = set(pairs)
        found: dict[Pair, list[Execution]] = {}
        for trade in self._books.trades.values():
            pair = Pair(trade.account_id, trade.details.instrument_id)
            if pair in wanted and not trade.is_void:
                found.setdefault(pair, []).append(trade.execution)
        return found

    def _is_known(self, trade: Trade) -> bool:
        keys = {(each.account_id, each.source_key) for each in self._books.trades.values() if each.source_key}
        return (trade.account_id, trade.source_key) in keys or self._fill(trade) in self._fills()

    def _fills(self, besides: TradeId | None = None) -> set[FillKey]:
        found = {self._fill(each) for each in self._books.trades.values() if not each.is_void and each.id != besides}
        return {key for key in found if key is not None}

    def _fill(self, trade: Trade) -> FillKey | None:
        details = trade.details
        if details.broker_trade_id is None:
            return None
        return (
            trade.account_id,
            details.broker_trade_id,
            details.instrument_id,
            details.side,
            details.executed_at,
            details.quantity,
            details.price,
        )


def _stored(trade: Trade) -> Trade:
    return replace(trade, changes=[])


@final
class FakePositionStore(PositionStore):
    """Projections in a dictionary."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def hold(self, pairs: Iterable[Pair]) -> Mapping[Pair, OrderKey | None]:
        """Make what is missing; there is nobody to be locked out."""
        newest: dict[Pair, OrderKey | None] = {}
        for pair in pairs:
            position = self._books.positions.setdefault(pair, Projected()).position
            newest[pair] = None if position is None else position.last
        return newest

    async def pairs_of(self, account_id: AccountId | None = None) -> Sequence[Pair]:
        """Return the pairs that have a position."""
        return [pair for pair in self._books.positions if account_id in {None, pair.account_id}]

    async def owners_of(self, lot_ids: Iterable[LotId]) -> Mapping[LotId, Pair]:
        """Return the pairs of the lots."""
        wanted = set(lot_ids)
        return {id_: pair for pair, each in self._books.positions.items() for id_ in each.lots.keys() & wanted}

    async def running(self, terms: Sequence[Terms]) -> Sequence[Position]:
        """Return copies; a position that nothing was written to is empty."""
        found: list[Position] = []
        for each in terms:
            projected = self._books.positions[Pair(each.account_id, each.instrument_id)]
            position = copy.deepcopy(projected.position) or Position(each)
            position.terms = each
            found.append(position)
        return found

    async def stored(self, pairs: Sequence[Pair]) -> Sequence[Projection]:
        """Return copies."""
        found = [copy.deepcopy(self._books.positions.get(pair, Projected())) for pair in pairs]
        return [Projection(each.lots, each.disposals, each.trips, each.cash) for each in found]

    async def sum_days(self, account_id: AccountId) -> None:
        """Nothing is summed up here."""

    async def note_mended(self, pairs: Sequence[Pair], now: datetime) -> None:
        """Nobody looks at it here."""

    async def write(self, changes: Sequence[ProjectionChange], now: datetime) -> None:
        """Take over copies; when it was written matters to no one here."""
        del now
        for change in copy.deepcopy(list(changes)):
            projected = self._books.positions[change.pair]
            projected.position = change.position
            for gone, kept in (
                (change.lots_gone, projected.lots),
                (change.disposals_gone, projected.disposals),
                (change.round_trips_gone, projected.trips),
                (change.event_cash_gone, projected.cash),
            ):
                for id_ in gone:
                    del kept[id_]
            projected.lots.update((lot.id, lot) for lot in change.lots)
            projected.disposals.update((disposal.id, disposal) for disposal in change.disposals)
            projected.trips.update((trip.id, trip) for trip in change.round_trips)
            projected.cash.update((cash.id, cash) for cash in change.event_cash)


@final
class FakeLedgerUnitOfWork(FakeUnitOfWork, LedgerUnitOfWork):
    """Works on a copy of the books and puts it in their place on commit."""

    def __init__(self, library: FakeLedger, organisation_id: OrganisationId) -> None:
        super().__init__(library.outbox)
        self._library = library
        self._organisation_id = organisation_id
        self._books = Books()

    async def __aenter__(self) -> Self:
        """Begin with a copy."""
        await super().__aenter__()
        self._books = self._library.books_of(self._organisation_id).copied()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End; the copy is forgotten."""
        await super().__aexit__(kind, error, trace)

    async def commit(self) -> None:
        """Replace the books."""
        await super().commit()
        self._library.books[self._organisation_id] = self._books.copied()

    @property
    def accounts(self) -> AccountStore:
        """Accounts."""
        return FakeAccountStore(self._books)

    @property
    def instruments(self) -> InstrumentStore:
        """Instruments."""
        return FakeInstrumentStore(self._books)

    @property
    def corporate_actions(self) -> CorporateActionStore:
        """Corporate actions."""
        return FakeCorporateActionStore(self._books.actions)

    @property
    def transfers(self) -> TransferStore:
        """Transfers."""
        return FakeTransferStore(self._books.transfers, self._books.moved)

    @property
    def trades(self) -> TradeStore:
        """Trades."""
        return FakeTradeStore(self._books)

    @property
    def positions(self) -> PositionStore:
        """Positions."""
        return FakePositionStore(self._books)

    @property
    def cash_movements(self) -> CashMovementStore:
        """Movements of cash."""
        return FakeCashMovementStore(self._books.cash)

    @property
    def proposals(self) -> ProposalStore:
        """Proposals."""
        return FakeProposalStore(self._books.proposals)

    @property
    def prices(self) -> PriceStore:
        """Prices."""
        return FakePriceStore(self._books.prices)


@final
class FakeLedger(LedgerUnits):
    """All organisations' books, and the outbox of all their units of work."""

    def __init__(self) -> None:
        self.books: dict[OrganisationId, Books] = {}
        self.outbox = FakeOutbox()

    def books_of(self, organisation_id: OrganisationId) -> Books:
        """Return what the organisation stored."""
        return self.books.setdefault(organisation_id, Books())

    def __call__(self, organisation_id: OrganisationId, /) -> LedgerUnitOfWork:
        """Return a unit of work for the organisation."""
        return FakeLedgerUnitOfWork(self, organisation_id)

"""Positions follow trades: brings the stored projections of the touched pairs in line, in the same transaction.

New trades that come after everything known in their pair are applied to the running position, which loads
open lots only. Anything else (a correction, a void, a fill from the past) replays that pair, with those that
corporate actions and transfers tie to it, and no other. Either way only what differs is written, and what is stored
equals a replay of the trades, actions and transfers that count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from application.ledger.ports import LedgerUnitOfWork
from application.ledger.position_ports import Projection, ProjectionChange
from domain.ledger.account import Account
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.execution import Execution, OrderKey
from domain.ledger.group import replay_group, tied
from domain.ledger.locked_past import must_carry_into_no_lock
from domain.ledger.lot import Lot
from domain.ledger.outcome import Outcome
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.ledger.replay import Replay
from domain.ledger.round_trip import RoundTrip
from domain.ledger.terms import Terms
from domain.ledger.trade import Trade
from domain.ledger.transfer import Moved, Transfer
from domain.shared.ids import AccountId, InstrumentId, TransferId
from domain.shared.instrument import Instrument

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """Pairs whose positions are locked, with all tied to them: newest trade, terms, actions and transfers."""

    newest: Mapping[Pair, OrderKey | None]
    terms: Mapping[Pair, Terms]
    actions: Sequence[CorporateAction] = ()
    transfers: Sequence[Transfer] = ()
    owners: Mapping[AccountId, Account] = field(default_factory=dict[AccountId, Account])

    def must_carry_into_no_lock(self, pairs: Iterable[Pair], since: datetime) -> None:
        """Raise PeriodLocked if a change of the pairs at that instant may reach a locked period by a transfer."""
        must_carry_into_no_lock(pairs, since, self.owners, self.actions, self.transfers)

    def is_last(self, pair: Pair, execution: Execution) -> bool:
        """Tell whether an execution comes after all that is known of the pair."""
        newest = self.newest[pair]
        return (
            (newest is None or execution.order_key > newest)
            and not any(
                action.order_key > execution.order_key
                for action in self.actions
                if action.concerns(pair.account_id) and pair.instrument_id in action.instruments
            )
            and not any(
                transfer.order_key > execution.order_key for transfer in self.transfers if pair in transfer.pairs
            )
        )


@dataclass(frozen=True, slots=True)
class Ties:
    """Pairs with all that are tied to them, and the actions and transfers in their instruments."""

    pairs: frozenset[Pair]
    actions: Sequence[CorporateAction]
    transfers: Sequence[Transfer]


@dataclass(frozen=True, slots=True)
class Settled:
    """Where replayed positions stand now, and what each transfer among them moved."""

    changes: Sequence[ProjectionChange]
    moved: Mapping[TransferId, Moved]


def pair_of(trade: Trade) -> Pair:
    """The pair whose position the trade belongs to."""
    return Pair(trade.account_id, trade.details.instrument_id)


async def reach(unit: LedgerUnitOfWork, pairs: Iterable[Pair]) -> Ties:
    """Follow the ties of the pairs, over any number of steps."""
    together = frozenset(pairs)
    while True:
        concerned = {pair.instrument_id for pair in together}
        actions = await unit.corporate_actions.touching(concerned)
        transfers = await unit.transfers.touching(concerned)
        reached = tied(together, actions, transfers)
        if reached == together:
            return Ties(together, actions, transfers)
        together = reached


async def hold(
    unit: LedgerUnitOfWork,
    pairs: Iterable[Pair],
    accounts: Mapping[AccountId, Account],
    instruments: Mapping[InstrumentId, Instrument],
) -> Held:
    """Lock the pairs' positions until the transaction ends. Do this before any of their trades is written."""
    together = frozenset(pairs)
    if not together:
        return Held({}, {})
    owners = dict(accounts)
    newest: Mapping[Pair, OrderKey | None] = {}
    while True:
        ties = await reach(unit, together)
        together = ties.pairs
        # whoever records an action or a transfer locks the instrument first, and a position that is held refers to
        # it: what is read after that is all there will be
        if together == newest.keys():
            break
        unknown = {pair.account_id for pair in together} - owners.keys()
        if unknown:
            owners |= await unit.accounts.find(unknown)
        newest = await unit.positions.hold(together)
    known = dict(instruments)
    missing = {pair.instrument_id for pair in together} - known.keys()
    if missing:
        known |= await unit.instruments.by_id(missing)
    terms = {pair: Terms.of(owners[pair.account_id], known[pair.instrument_id]) for pair in together}
    return Held(newest, terms, ties.actions, ties.transfers, owners)


async def append(unit: LedgerUnitOfWork, held: Held, trades: Iterable[Trade], now: datetime) -> None:
    """Let positions follow trades just recorded, applying where possible and replaying where one came late.

    Raises PeriodLocked if a late one may change what a transfer brought into a locked period.
    """
    added: dict[Pair, list[Execution]] = {}
    for trade in trades:
        added.setdefault(pair_of(trade), []).append(trade.execution)
    for executions in added.values():
        executions.sort()
    late = [pair for pair, executions in added.items() if not held.is_last(pair, executions[0])]
    for pair in late:
        held.must_carry_into_no_lock([pair], added[pair][0].executed_at)
    # a replay takes in what was added to all that is tied to the late ones
    replayed = tied(late, held.actions, held.transfers)
    in_order = {pair: executions for pair, executions in added.items() if pair not in replayed}
    changes: list[ProjectionChange] = []
    if in_order:
        running = await unit.positions.running([held.terms[pair] for pair in in_order])
        changes = [
            _applied(position, executions) for position, executions in zip(running, in_order.values(), strict=True)
        ]
    if late:
        changes += (await replay(unit, held, late)).changes
    if changes:
        await unit.positions.write(changes, now)


async def rebuild(unit: LedgerUnitOfWork, held: Held, pairs: Iterable[Pair], now: datetime) -> Settled:
    """Replay the pairs from all that is recorded, write what differs, and return where they stand now."""
    settled = await replay(unit, held, list(pairs))
    if settled.changes:
        await unit.positions.write(settled.changes, now)
    return settled


def _applied(position: Position, executions: Sequence[Execution]) -> ProjectionChange:
    outcomes: list[Outcome] = position.apply_all(executions)
    lots: dict[UUID, Lot] = {}
    trips: dict[UUID, RoundTrip] = {}
    for opened, _, reduced, touched in outcomes:
        lots.update((lot.id, lot) for lot in reduced)
        if opened is not None:
            lots[opened.id] = opened
        trips.update((trip.id, trip) for trip in touched)
    return ProjectionChange(
        position=position,
        lots=list(lots.values()),
        disposals=[outcome.disposal for outcome in outcomes if outcome.disposal is not None],
        round_trips=list(trips.values()),
    )


async def replay(unit: LedgerUnitOfWork, held: Held, pairs: Sequence[Pair]) -> Settled:
    """Replay held pairs and all tied to them, in their order; return what differs from what is stored, unwritten."""
    if not pairs:
        return Settled((), {})
    together = sorted(tied(pairs, held.actions, held.transfers))
    executions = await unit.trades.executions(together)
    stored = await unit.positions.stored(together)
    terms = {pair: held.terms[pair] for pair in together}
    after = replay_group(terms, executions, held.actions, held.transfers)
    await unit.transfers.note_moved(after.moved)
    return Settled(
        [_difference(after[pair], before) for pair, before in zip(together, stored, strict=True)], after.moved
    )


def _difference(after: Replay, before: Projection) -> ProjectionChange:
    lots = {lot.id: lot for lot in after.lots}
    disposals = {disposal.id: disposal for disposal in after.disposals}
    trips = {trip.id: trip for trip in after.round_trips}
    cash = {each.id: each for each in after.event_cash}
    return ProjectionChange(
        position=after.position,
        lots=_new_or_different(lots, before.lots),
        disposals=_new_or_different(disposals, before.disposals),
        round_trips=_new_or_different(trips, before.round_trips),
        replayed=True,
        lots_gone=[id_ for id_ in before.lots if id_ not in lots],
        disposals_gone=[id_ for id_ in before.disposals if id_ not in disposals],
        round_trips_gone=[id_ for id_ in before.round_trips if id_ not in trips],
        event_cash=_new_or_different(cash, before.event_cash),
        event_cash_gone=[id_ for id_ in before.event_cash if id_ not in cash],
    )


def _new_or_different(after: Mapping[UUID, T], before: Mapping[UUID, T]) -> list[T]:
    return [value for id_, value in after.items() if before.get(id_) != value]

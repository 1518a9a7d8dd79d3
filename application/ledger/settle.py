"""Positions follow trades: brings the stored projections of the touched pairs in line, in the same transaction.

New trades that come after everything known in their pair are applied to the running position, which loads
open lots only. Anything else (a correction, a void, a fill from the past) replays that pair, with those that
corporate actions tie to it, and no other. Either way only what differs is written, and what is stored equals a replay
of the trades and actions that count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from application.ledger.ports import LedgerUnitOfWork, Projection, ProjectionChange
from domain.ledger.account import Account
from domain.ledger.action_terms import into_of
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.execution import Execution, OrderKey
from domain.ledger.group import replay_group, tied
from domain.ledger.lot import Lot
from domain.ledger.pair import Pair
from domain.ledger.position import Outcome, Position
from domain.ledger.replay import Replay
from domain.ledger.round_trip import RoundTrip
from domain.ledger.terms import Terms
from domain.ledger.trade import Trade
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.instrument import Instrument

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """Pairs whose positions are locked, with all that are tied to them: newest trade, terms, the actions about them."""

    newest: Mapping[Pair, OrderKey | None]
    terms: Mapping[Pair, Terms]
    actions: Sequence[CorporateAction] = ()

    def is_last(self, pair: Pair, execution: Execution) -> bool:
        """Tell whether an execution comes after all that is known of the pair."""
        newest = self.newest[pair]
        return (newest is None or execution.order_key > newest) and not any(
            action.order_key > execution.order_key
            for action in self.actions
            if action.concerns(pair.account_id) and pair.instrument_id in action.instruments
        )


def pair_of(trade: Trade) -> Pair:
    """The pair whose position the trade belongs to."""
    return Pair(trade.account_id, trade.details.instrument_id)


async def hold(
    unit: LedgerUnitOfWork,
    pairs: Iterable[Pair],
    accounts: Mapping[AccountId, Account],
    instruments: Mapping[InstrumentId, Instrument],
) -> Held:
    """Lock the pairs' positions until the transaction ends. Do this before any of their trades is written."""
    wanted = frozenset(pairs)
    if not wanted:
        return Held({}, {})
    actions = await unit.corporate_actions.touching({pair.instrument_id for pair in wanted})
    while True:
        together = wanted
        if any(into_of(action.details.terms) is not None for action in actions):
            actions = await unit.corporate_actions.counting()
            together = tied(wanted, actions)
        newest = await unit.positions.hold(together)
        # whoever records an action locks the instrument first, and a position that is held refers to it: what is
        # read now is all there will be
        now_known = await unit.corporate_actions.touching({pair.instrument_id for pair in together})
        if {action.id for action in now_known} <= {action.id for action in actions}:
            break
        actions = now_known
    known = dict(instruments)
    missing = {pair.instrument_id for pair in together} - known.keys()
    if missing:
        known |= await unit.instruments.by_id(missing)
    terms = {pair: Terms.of(accounts[pair.account_id], known[pair.instrument_id]) for pair in together}
    return Held(newest=newest, terms=terms, actions=now_known)


async def append(unit: LedgerUnitOfWork, held: Held, trades: Iterable[Trade], now: datetime) -> None:
    """Let positions follow trades just recorded, applying where possible and replaying where one came late."""
    added: dict[Pair, list[Execution]] = {}
    for trade in trades:
        added.setdefault(pair_of(trade), []).append(trade.execution)
    in_order: dict[Pair, list[Execution]] = {}
    late: list[Pair] = []
    for pair, executions in added.items():
        executions.sort()
        if held.is_last(pair, executions[0]):
            in_order[pair] = executions
        else:
            late.append(pair)
    changes: list[ProjectionChange] = []
    if in_order:
        running = await unit.positions.running([held.terms[pair] for pair in in_order])
        changes = [
            _applied(position, executions) for position, executions in zip(running, in_order.values(), strict=True)
        ]
    if late:
        changes += await _replayed(unit, held, late)
    if changes:
        await unit.positions.write(changes, now)


async def rebuild(
    unit: LedgerUnitOfWork, held: Held, pairs: Iterable[Pair], now: datetime
) -> Sequence[ProjectionChange]:
    """Replay the pairs from their trades and actions, write what differs, and return where they stand now."""
    changes = await _replayed(unit, held, list(pairs))
    if changes:
        await unit.positions.write(changes, now)
    return changes


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


async def _replayed(unit: LedgerUnitOfWork, held: Held, pairs: Sequence[Pair]) -> list[ProjectionChange]:
    if not pairs:
        return []
    together = sorted(tied(pairs, held.actions))
    executions = await unit.trades.executions(together)
    stored = await unit.positions.stored(together)
    after = replay_group({pair: held.terms[pair] for pair in together}, executions, held.actions)
    return [_difference(after[pair], before) for pair, before in zip(together, stored, strict=True)]


def _difference(after: Replay, before: Projection) -> ProjectionChange:
    lots = {lot.id: lot for lot in after.lots}
    disposals = {disposal.id: disposal for disposal in after.disposals}
    trips = {trip.id: trip for trip in after.round_trips}
    return ProjectionChange(
        position=after.position,
        lots=_new_or_different(lots, before.lots),
        disposals=_new_or_different(disposals, before.disposals),
        round_trips=_new_or_different(trips, before.round_trips),
        replayed=True,
        lots_gone=[id_ for id_ in before.lots if id_ not in lots],
        disposals_gone=[id_ for id_ in before.disposals if id_ not in disposals],
        round_trips_gone=[id_ for id_ in before.round_trips if id_ not in trips],
    )


def _new_or_different(after: Mapping[UUID, T], before: Mapping[UUID, T]) -> list[T]:
    return [value for id_, value in after.items() if before.get(id_) != value]

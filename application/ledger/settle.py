"""Positions follow trades: brings the stored projections of the touched pairs in line, in the same transaction.

New trades that come after everything known in their pair are applied to the running position, which loads
open lots only. Anything else (a correction, a void, a fill from the past) replays that pair and no other.
Either way only what differs is written, and what is stored equals a replay of the trades that count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from application.ledger.ports import LedgerUnitOfWork, Projection, ProjectionChange
from domain.ledger.account import Account
from domain.ledger.execution import Execution, OrderKey
from domain.ledger.lot import Lot
from domain.ledger.pair import Pair
from domain.ledger.position import Outcome, Position
from domain.ledger.replay import Replay, replay
from domain.ledger.round_trip import RoundTrip
from domain.ledger.terms import Terms
from domain.ledger.trade import Trade
from domain.shared.ids import AccountId, InstrumentId
from domain.shared.instrument import Instrument

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """Pairs whose positions are locked, the order key of the newest trade in each, and their terms."""

    newest: Mapping[Pair, OrderKey | None]
    terms: Mapping[Pair, Terms]


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
    wanted = set(pairs)
    terms = {pair: Terms.of(accounts[pair.account_id], instruments[pair.instrument_id]) for pair in wanted}
    return Held(newest=await unit.positions.hold(wanted) if wanted else {}, terms=terms)


async def append(unit: LedgerUnitOfWork, held: Held, trades: Iterable[Trade], now: datetime) -> None:
    """Let positions follow trades just recorded, applying where possible and replaying where one came late."""
    added: dict[Pair, list[Execution]] = {}
    for trade in trades:
        added.setdefault(pair_of(trade), []).append(trade.execution)
    in_order: dict[Pair, list[Execution]] = {}
    late: list[Pair] = []
    for pair, executions in added.items():
        executions.sort()
        newest = held.newest[pair]
        if newest is None or executions[0].order_key > newest:
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


async def rebuild(unit: LedgerUnitOfWork, held: Held, pairs: Iterable[Pair], now: datetime) -> None:
    """Replay the pairs from their trades and write what differs."""
    changes = await _replayed(unit, held, list(pairs))
    if changes:
        await unit.positions.write(changes, now)


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
    executions = await unit.trades.executions(pairs)
    stored = await unit.positions.stored(pairs)
    return [
        _difference(replay(held.terms[pair], executions.get(pair, ())), before)
        for pair, before in zip(pairs, stored, strict=True)
    ]


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

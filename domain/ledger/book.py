"""Everything that becomes of one account in one instrument in the course of a replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.ledger.disposal import Disposal
from domain.ledger.execution import Execution
from domain.ledger.lot import Direction, Lot
from domain.ledger.open_lots import Take
from domain.ledger.outcome import Step
from domain.ledger.position import Position
from domain.ledger.replay import EventCash, Replay
from domain.ledger.round_trip import RoundTrip
from domain.shared.ids import TradeId, derived_id
from domain.shared.money import ZERO, round_share

_ONE = Decimal(1)


@dataclass(slots=True)
class Book:
    """A position with all its lots, disposals and round trips, closed ones too, in the order in which they came.

    Everything runs in the exact context.
    """

    position: Position
    lots: list[Lot] = field(default_factory=list[Lot])
    disposals: list[Disposal] = field(default_factory=list[Disposal])
    round_trips: list[RoundTrip] = field(default_factory=list[RoundTrip])
    event_cash: list[EventCash] = field(default_factory=list[EventCash])

    @property
    def multiplier(self) -> Decimal:
        """What turns quantity x price into money."""
        return self.position.terms.multiplier

    @property
    def direction(self) -> Direction | None:
        """Whether something is held long or short; None if it is flat."""
        return None if self.position.trip is None else self.position.trip.direction

    def trade(self, execution: Execution) -> None:
        """Apply the next execution."""
        self.book(self.position.step(execution))

    def book(self, step: Step) -> None:
        """Keep what a step made."""
        opened, disposal, _ = step
        if disposal is not None:
            self.disposals.append(disposal)
        if opened is not None:
            self.lots.append(opened)
        trip = self.position.trip
        if trip is not None and (not self.round_trips or trip is not self.round_trips[-1]):
            self.round_trips.append(trip)

    def pay(self, disposal: Disposal) -> None:
        """Keep a disposal that closes nothing: money for what goes on being held, and the cost that belongs to it.

        Cash and gains are booked; the lots' costs are the caller's, who restates them.
        """
        position, gain = self.position, disposal.realised or ZERO
        self.disposals.append(disposal)
        position.disposal_count += 1
        position.realised += gain
        if position.trip is not None:
            position.trip.realised += gain

    def give_all(self, at: datetime) -> list[Lot]:
        """Let all open lots go without a gain, and return what they were; a short lot goes as a short one."""
        return self.give([(lot, lot.left) for lot in self.position.lots_by_age()], at)

    def give(self, takes: Sequence[Take], at: datetime) -> list[Lot]:
        """Let parts of open lots go without a gain, each with its share of cost and fees, and return them as lots."""
        lots = self.position.lots_by_age()
        position, trip, before = self.position, self.position.trip, self.position.open_cost
        gone = [part_of(lot, taken, at, self.multiplier) for lot, taken in takes]
        position.restate(lots)
        position.carried_out += before - position.open_cost
        if trip is not None:
            trip.exit_quantity += sum((lot.left for lot in gone), ZERO)
            trip.exit_value += sum((self._per_multiplier(lot.basis) for lot in gone), ZERO)
            if not position.quantity:
                trip.closed_at = at
                position.trip = None
        return gone

    def receive(self, lots: Sequence[Lot], at: datetime) -> None:
        """Take lots in, of the direction that is held, at what they cost; their dates of acquisition stay."""
        position = self.position
        held = position.lots_by_age()
        before = position.open_cost
        if position.trip is None:
            position.trip = RoundTrip(lots[0].id, lots[0].direction, at)
            self.round_trips.append(position.trip)
        trip = position.trip
        trip.entry_quantity += sum((lot.left for lot in lots), ZERO)
        trip.entry_value += sum((self._per_multiplier(lot.basis) for lot in lots), ZERO)
        self.lots += lots
        position.restate([*held, *lots])
        position.carried_in += position.open_cost - before
        trip.max_quantity = max(trip.max_quantity, abs(position.quantity))

    def cash(self) -> Decimal:
        """Return what all that happened so far has added to the cash of the account."""
        self.position.settle_totals()
        return self.position.cash_in - self.position.cash_out

    def note_cash(self, event_id: UUID, at: datetime, before: Decimal) -> None:
        """Keep what an event has added to the cash since it was `before`."""
        moved = self.cash() - before
        if moved:
            terms = self.position.terms
            id_ = derived_id(event_id, derived_id(terms.account_id, terms.instrument_id))
            self.event_cash.append(EventCash(id_, event_id, at, moved))

    def result(self) -> Replay:
        """Return what has become."""
        self.position.settle_totals()
        return Replay(self.position, self.lots, self.disposals, self.round_trips, self.event_cash)

    def _per_multiplier(self, value: Decimal | None) -> Decimal:
        return round_share(value or ZERO, _ONE, self.multiplier)


def copy_of(lot: Lot, multiplier: Decimal) -> Lot:
    """Return what is left of a lot as a lot of its own, with its cost as a basis."""
    return Lot(
        id=lot.id,
        direction=lot.direction,
        quantity=lot.left,
        price=lot.price,
        fee=lot.fee_left,
        opened_at=lot.opened_at,
        left=lot.left,
        fee_left=lot.fee_left,
        sequence=lot.sequence,
        basis=lot.value(multiplier),
        trade_id=origin_of(lot),
    )


def part_of(lot: Lot, quantity: Decimal, at: datetime, multiplier: Decimal) -> Lot:
    """Take units out of a lot, with their share of what is left of its cost and fees, and return them as a lot."""
    part = copy_of(lot, multiplier)
    if quantity == lot.left:
        lot.empty(at)
        return part
    fee = round_share(lot.fee_left, quantity, lot.left)
    value = quantity * lot.price * multiplier if lot.basis is None else round_share(lot.basis, quantity, lot.left)
    lot.reduce(quantity, fee, value)
    part.quantity = part.left = quantity
    part.basis, part.fee, part.fee_left = value, fee, fee
    return part


def origin_of(lot: Lot) -> TradeId | None:
    """Return the trade that a lot comes from; None if no trade of the ledger opened it, as with an assignment."""
    if lot.event_id is None:
        return TradeId(lot.id)
    return lot.trade_id

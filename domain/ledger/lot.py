"""Lots, and the one routine that uses them up.

A lot is what one trade opened, or what a corporate action or a transfer made of one: so many units with what
they cost and a share of the fees. `consume` decides which lots a closing quantity takes and how much of each,
given lots in the order of any method, and changes nothing: the position carries the takes out.
"""

from __future__ import annotations

from bisect import insort_left
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import TypeAlias

from domain.ledger.execution import LotSelection
from domain.ledger.method import CostMethod
from domain.shared.ids import LotId, TradeId
from domain.shared.money import EXACT, ZERO, round_share


class Direction(StrEnum):
    """Long lots were bought to be sold; short lots were sold to be bought back."""

    LONG = "long"
    SHORT = "short"


@dataclass(slots=True)
class Lot:
    """Units acquired at one time; `left` and `fee_left` shrink as disposals take from it.

    An ordinary lot's id is its opening trade's. One that an event made has an id of its own, names the trade it
    comes from in `trade_id` and the event in `event_id`, and keeps the time of acquisition. `basis` is what the
    units left cost without fees (a short: brought) where that is no longer left x price x multiplier; `price` is
    then the mean cost of a unit. Quantities are in today's units: a split scales them.
    """

    id: LotId
    direction: Direction
    quantity: Decimal
    price: Decimal
    fee: Decimal
    opened_at: datetime
    left: Decimal
    fee_left: Decimal
    closed_at: datetime | None = None
    # where stores do not keep it they hand lots over in order
    sequence: int = field(default=0, compare=False)
    basis: Decimal | None = None
    trade_id: TradeId | None = None
    event_id: LotId | None = None

    def reduce(self, quantity: Decimal, fee: Decimal, value: Decimal) -> None:
        """Give a part away with its shares of the fee and, where it has a basis, of that. Runs in the exact context."""
        self.left -= quantity
        self.fee_left -= fee
        if self.basis is not None:
            self.basis -= value

    def empty(self, at: datetime) -> None:
        """Give away all that is left: the lot is closed."""
        self.left = self.fee_left = ZERO
        self.closed_at = at
        if self.basis is not None:
            self.basis = ZERO

    def value(self, multiplier: Decimal) -> Decimal:
        """What the units left cost without fees; for a short what they brought."""
        if self.basis is not None:
            return self.basis
        return EXACT.multiply(EXACT.multiply(self.left, self.price), multiplier)

    def cost(self, multiplier: Decimal) -> Decimal:
        """What the units left cost, fees included; negative for a short: what was received less fees."""
        value = self.value(multiplier)
        return EXACT.subtract(self.fee_left, value) if self.direction is _SHORT else EXACT.add(value, self.fee_left)

    @property
    def order_key(self) -> tuple[datetime, int, LotId]:
        """The place of this lot among those of its position, by age."""
        return (self.opened_at, self.sequence, self.id)


# a part of one lot: the lot and a quantity of it
Take: TypeAlias = tuple[Lot, Decimal]
OpenLots: TypeAlias = "deque[Lot] | list[Lot]"
_SHORT = Direction.SHORT
_price = attrgetter("price")


def open_lots(method: CostMethod, lots: Iterable[Lot] = ()) -> OpenLots:
    """Return a place for open lots that keeps them as the method needs them, filled with the given, oldest first."""
    by_age = [lot for lot in lots if lot.left]
    if method is not CostMethod.HIFO:
        return deque(by_age)
    ranked: list[Lot] = []
    for lot in by_age:
        add_lot(ranked, lot)
    return ranked


def add_lot(lots: OpenLots, lot: Lot) -> None:
    """Put in a lot that is younger than all others; highest price is last, the older of two equal ones."""
    if isinstance(lots, deque):
        lots.append(lot)
    else:
        insort_left(lots, lot, key=_price)


def is_last_first(method: CostMethod) -> bool:
    """Tell whether the method takes lots from the end of where `open_lots` keeps them."""
    return method in {CostMethod.LIFO, CostMethod.HIFO}


def consume(lots: Iterable[Lot], quantity: Decimal) -> tuple[list[Take], Decimal]:
    """Return what a closing quantity takes from lots in the given order, and what no lot covers.

    Changes nothing. Runs in the exact context.
    """
    takes: list[Take] = []
    if quantity:
        for lot in lots:
            left = lot.left
            if quantity < left:
                takes.append((lot, quantity))
                return takes, ZERO
            if left:
                takes.append((lot, left))
                quantity -= left
                if not quantity:
                    break
    return takes, quantity


def consume_selected(
    lots: Iterable[Lot], quantity: Decimal, selection: Sequence[LotSelection]
) -> tuple[list[Take], Decimal]:
    """Do what `consume` does, but take what the selection names first.

    A lot that is gone, or holds less than was selected, gives what it has; the rest goes by the order of the lots.
    """
    ordered = list(lots)
    known: Mapping[LotId, Lot] = {lot.id: lot for lot in ordered}
    taken: dict[LotId, Decimal] = {}
    for lot_id, wanted in selection:
        lot = known.get(lot_id)
        if lot is not None:
            before = taken.get(lot_id, ZERO)
            part = min(wanted, lot.left - before, quantity)
            if part > ZERO:
                taken[lot_id] = before + part
                quantity -= part
    for lot in ordered:
        if not quantity:
            break
        before = taken.get(lot.id, ZERO)
        part = min(lot.left - before, quantity)
        if part > ZERO:
            taken[lot.id] = before + part
            quantity -= part
    return [(known[lot_id], part) for lot_id, part in taken.items()], quantity


@dataclass(slots=True)
class Pool:
    """What all open lots of a position hold together, where they share one mean cost.

    `value` is what the units cost without fees; for a short what they brought.
    """

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    fee: Decimal = ZERO

    def add(self, quantity: Decimal, value: Decimal, fee: Decimal) -> None:
        """Put units in. Runs in the exact context."""
        self.quantity += quantity
        self.value += value
        self.fee += fee

    def take(self, quantity: Decimal) -> tuple[Decimal, Decimal]:
        """Take units out and return their shares of value and fee; the last take gets all that is left."""
        value = round_share(self.value, quantity, self.quantity)
        fee = round_share(self.fee, quantity, self.quantity)
        self.quantity -= quantity
        self.value -= value
        self.fee -= fee
        return value, fee

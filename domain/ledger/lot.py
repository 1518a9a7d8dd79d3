"""Lots, and the one routine that uses them up.

A lot is what one trade opened: so many units at one price with its share of the fees. `consume` decides
which lots a closing quantity takes and how much of each, for any order, and changes nothing: the
position carries the takes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from domain.shared.ids import TradeId
from domain.shared.money import EXACT, ZERO, round_share


class Direction(StrEnum):
    """Long lots were bought to be sold; short lots were sold to be bought back."""

    LONG = "long"
    SHORT = "short"


@dataclass(slots=True)
class Lot:
    """What one trade opened; its id is that trade's. `left` and `fee_left` shrink as disposals take from it."""

    id: TradeId
    direction: Direction
    quantity: Decimal
    price: Decimal
    fee: Decimal
    opened_at: datetime
    left: Decimal
    fee_left: Decimal
    closed_at: datetime | None = None

    def reduce(self, quantity: Decimal, fee: Decimal, at: datetime) -> None:
        """Give a take away; a lot with nothing left is closed at that time. Runs in the exact context."""
        self.left -= quantity
        self.fee_left -= fee
        if not self.left:
            self.closed_at = at

    def cost(self, multiplier: Decimal) -> Decimal:
        """What the units left cost, fees included; negative for a short: what was received less fees."""
        value = EXACT.multiply(EXACT.multiply(self.left, self.price), multiplier)
        return EXACT.subtract(self.fee_left, value) if self.direction is _SHORT else EXACT.add(value, self.fee_left)


# a part of one lot: the lot, a quantity of it, and that quantity's share of the lot's fee
Take: TypeAlias = tuple[Lot, Decimal, Decimal]
LotOrder: TypeAlias = Callable[[Sequence[Lot]], Iterable[Lot]]
_SHORT = Direction.SHORT


def fifo(lots: Sequence[Lot]) -> Iterable[Lot]:
    """Oldest first, given lots in the order in which they were opened."""
    return lots


def lifo(lots: Sequence[Lot]) -> Iterable[Lot]:
    """Newest first."""
    return reversed(lots)


def hifo(lots: Sequence[Lot]) -> Iterable[Lot]:
    """Highest price first, the older of two equal ones first; sorts at every call."""
    return sorted(lots, key=_price, reverse=True)


def consume(lots: Sequence[Lot], quantity: Decimal, order: LotOrder = fifo) -> tuple[list[Take], Decimal]:
    """Return what a closing quantity takes from the lots, and the quantity for which there is no lot.

    Each take carries its share of the fee the lot still holds, pro rata by quantity; the take that
    empties a lot gets all that is left, so a lot's takes add up to its fee and none is negative. Changes
    nothing. Runs in the exact context.
    """
    takes: list[Take] = []
    if quantity:
        for lot in order(lots):
            left = lot.left
            if quantity < left:
                takes.append((lot, quantity, round_share(lot.fee_left, quantity, left)))
                return takes, ZERO
            if left:
                takes.append((lot, left, lot.fee_left))
                quantity -= left
                if not quantity:
                    break
    return takes, quantity


def _price(lot: Lot) -> Decimal:
    return lot.price

"""What a closing trade realised, lot by lot, and what it could not account for.

Long and short read alike: `cost` is what was paid with fees, `proceeds` what was received less fees,
`realised` the difference. For a long the purchase opened the lot; for a short the sale did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from domain.ledger.lot import Direction, Pool, Take
from domain.shared.ids import DisposalId, LotId
from domain.shared.money import EXACT, ZERO, round_share

_LONG, _SHORT = Direction.LONG, Direction.SHORT


class Basis(StrEnum):
    """How much of what was sold has a known purchase."""

    KNOWN = "known"
    PARTIAL = "partial"
    MISSING = "missing"


class Match(NamedTuple):
    """A quantity of one lot closed by one disposal.

    `lot_quantity_before` and `lot_fee_before` are what the lot held before this match, `basis_before` what that
    had cost where it is not quantity x price: with them every share can be recomputed. Under average cost all three
    speak of the pool of all lots.
    """

    lot_id: LotId
    direction: Direction
    quantity: Decimal
    open_price: Decimal
    close_price: Decimal
    open_fee: Decimal
    close_fee: Decimal
    cost: Decimal
    proceeds: Decimal
    opened_at: datetime
    closed_at: datetime
    lot_quantity_before: Decimal
    lot_fee_before: Decimal
    basis_before: Decimal | None = None

    @property
    def realised(self) -> Decimal:
        """Profit, or loss if negative, after both fees."""
        return EXACT.subtract(self.proceeds, self.cost)

    @property
    def fees(self) -> Decimal:
        """Both fee shares together."""
        return EXACT.add(self.open_fee, self.close_fee)

    @property
    def opening_value(self) -> Decimal:
        """What the units cost without fees; for a short what they brought."""
        if self.direction is _LONG:
            return EXACT.subtract(self.cost, self.open_fee)
        return EXACT.add(self.proceeds, self.open_fee)

    @property
    def held_for(self) -> timedelta:
        """The time between opening and closing."""
        return self.closed_at - self.opened_at


class Disposal(NamedTuple):
    """What one trade closed; its id is that trade's, and a trade makes at most one.

    What a corporate action closed is a disposal too, with an id of its own and the action in `event_id`; a return
    of capital beyond the cost closes a quantity of zero.

    `quantity` = the matches' quantities + `unmatched_quantity`. `cost` and `realised` speak of the matched
    part only and are None when nothing matched; `proceeds` includes `unmatched_proceeds`, which are net of
    fees and whose cost nobody knows. `fees` are the closing trade's own and the matched lots' shares.
    """

    id: DisposalId
    direction: Direction
    quantity: Decimal
    price: Decimal
    closed_at: datetime
    matches: tuple[Match, ...]
    unmatched_quantity: Decimal
    unmatched_proceeds: Decimal
    proceeds: Decimal
    cost: Decimal | None
    realised: Decimal | None
    fees: Decimal
    event_id: UUID | None = None

    @property
    def basis(self) -> Basis:
        """Whether the cost of all, some or none of the quantity is known."""
        if not self.unmatched_quantity:
            return Basis.KNOWN
        return Basis.PARTIAL if self.matches else Basis.MISSING

    @property
    def matched_quantity(self) -> Decimal:
        """The quantity whose cost is known."""
        return EXACT.subtract(self.quantity, self.unmatched_quantity)

    @property
    def matched_proceeds(self) -> Decimal:
        """The part of the proceeds whose cost is known: proceeds = matched + unmatched."""
        return EXACT.subtract(self.proceeds, self.unmatched_proceeds)


class Closing(NamedTuple):
    """What closes something: a trade's closing part or a corporate action; `fee` is that of this part."""

    id: DisposalId
    direction: Direction
    quantity: Decimal
    price: Decimal
    fee: Decimal
    closed_at: datetime
    event_id: UUID | None = None


def settle(closing: Closing, takes: Sequence[Take], multiplier: Decimal, pool: Pool | None = None) -> Disposal:
    """Return what closing realises, given what it takes from the lots, and take that from the pool if there is one.

    Each match bears the share of what is left of the closing fee, pro rata by quantity; the last part, matched or
    not, gets the rest. Opening fees and costs are shares of what the lot holds, or the pool. Runs in the exact context.
    """
    disposal_id, direction, quantity, price, fee, closed_at, event_id = closing
    unit = price * multiplier
    left, fee_left, fees = quantity, fee, fee
    cost = proceeds = ZERO
    matches: list[Match] = []
    for lot, taken in takes:
        held, held_fee, basis = lot.left, lot.fee_left, lot.basis
        if pool is not None:
            held, held_fee, basis = pool.quantity, pool.fee, pool.value
            value, open_fee = pool.take(taken)
        else:
            open_fee = held_fee if taken == held else round_share(held_fee, taken, held)
            if basis is None:
                value = taken * lot.price * multiplier
            else:
                value = basis if taken == held else round_share(basis, taken, held)
        close_fee = fee_left if taken == left else round_share(fee_left, taken, left)
        if direction is _LONG:
            paid, received = value + open_fee, taken * unit - close_fee
        else:
            paid, received = taken * unit + close_fee, value - open_fee
        left -= taken
        fee_left -= close_fee
        fees += open_fee
        cost += paid
        proceeds += received
        of_lot = (lot.id, direction, taken, lot.price, price, open_fee, close_fee, paid, received, lot.opened_at)
        matches.append(Match._make((*of_lot, closed_at, held, held_fee, basis)))
    unmatched_proceeds = left * unit - fee_left if left else ZERO
    return Disposal(
        disposal_id,
        direction,
        quantity,
        price,
        closed_at,
        tuple(matches),
        left,
        unmatched_proceeds,
        proceeds + unmatched_proceeds,
        cost if matches else None,
        proceeds - cost if matches else None,
        fees,
        event_id,
    )

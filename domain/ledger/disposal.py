"""What a closing trade realised, lot by lot, and what it could not account for.

Long and short read alike: `cost` is what was paid with fees, `proceeds` what was received less fees,
`realised` the difference. For a long the purchase opened the lot; for a short the sale did.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias
from uuid import UUID

from domain.ledger.lot import Direction, Lot, Pool
from domain.ledger.open_lots import Take
from domain.shared.ids import DisposalId, LotId
from domain.shared.money import EXACT, ZERO, round_share, share_exact

_LONG = Direction.LONG
_ONE = Decimal(1)


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


# the same without names: a plain tuple is made in a fifth of the time
ClosingRow: TypeAlias = tuple[DisposalId, Direction, Decimal, Decimal, Decimal, datetime, UUID | None]
# what the constructor of a NamedTuple does in the end, without the detour: these are made by the million
_record = tuple.__new__  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - its stub omits subclasses


def settle(closing: ClosingRow, takes: Sequence[Take], multiplier: Decimal, pool: Pool | None = None) -> Disposal:
    """Carry out what was decided: let the lots, or the pool, give what is taken, and return what closing realises.

    Each match bears the share of what is left of the closing fee, pro rata by quantity; the last part, matched or
    not, gets the rest. Opening fees and costs are shares of what the lot holds, or the pool. Runs in the exact context.
    """
    disposal_id, side, quantity, price, fee, at, event_id = closing
    is_long = side is _LONG
    # most instruments count one by one: then nothing is multiplied
    scale = None if multiplier == _ONE else multiplier
    unit = price if scale is None else price * scale
    left, fee_left, fees = quantity, fee, fee
    cost = proceeds = ZERO
    matches: list[Match] = []
    for lot, taken in takes:
        held, held_fee = lot.left, lot.fee_left
        basis, open_price = lot.basis, lot.price
        if basis is not None or pool is not None:
            value, open_fee, held, held_fee, basis = _give_valued(lot, taken, at, pool)
        else:
            value = taken * open_price if scale is None else taken * open_price * scale
            if taken is held or taken == held:
                open_fee = held_fee
                lot.left = lot.fee_left = ZERO
                lot.closed_at = at
            else:
                open_fee = share_exact(held_fee, taken, held) if held_fee else ZERO
                lot.left, lot.fee_left = held - taken, held_fee - open_fee
        if taken == left:
            close_fee, left, fee_left = fee_left, ZERO, ZERO
        else:
            close_fee = share_exact(fee_left, taken, left) if fee_left else ZERO
            left, fee_left = left - taken, fee_left - close_fee
        if is_long:
            paid, got = value + open_fee, taken * unit - close_fee
        else:
            paid, got = taken * unit + close_fee, value - open_fee
        if matches:
            fees, cost, proceeds = fees + open_fee, cost + paid, proceeds + got
        else:
            fees, cost, proceeds = fee + open_fee, paid, got
        lot_id, since = lot.id, lot.opened_at
        row = (lot_id, side, taken, open_price, price, open_fee, close_fee, paid, got, since, at, held, held_fee, basis)
        matches.append(_record(Match, row))
    known_cost, gain = (cost, proceeds - cost) if matches else (None, None)
    rest = left * unit - fee_left if left else ZERO
    total = proceeds + rest if left else proceeds
    all_ = tuple(matches)
    closed = (disposal_id, side, quantity, price, at, all_, left, rest, total, known_cost, gain, fees, event_id)
    return _record(Disposal, closed)


def _give_valued(
    lot: Lot, taken: Decimal, at: datetime, pool: Pool | None
) -> tuple[Decimal, Decimal, Decimal, Decimal, Decimal]:
    """Let a lot with a basis of its own, or the pool, give; return value and fee given and units, fee, cost before."""
    units, fees, cost = lot.left, lot.fee_left, lot.basis or ZERO
    if pool is not None:
        units, fees, cost = pool.quantity, pool.fee, pool.value
        value, fee = pool.take(taken)
    else:
        value, fee = round_share(cost, taken, units), round_share(fees, taken, units)
        lot.basis, lot.fee_left = cost - value, fees - fee
    lot.left -= taken
    if not lot.left:
        lot.closed_at = at
    return value, fee, units, fees, cost

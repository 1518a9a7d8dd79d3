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

from domain.ledger.execution import Execution, Side
from domain.ledger.lot import Direction, Take
from domain.shared.ids import TradeId
from domain.shared.money import EXACT, ZERO, round_share

_SELL, _LONG, _SHORT = Side.SELL, Direction.LONG, Direction.SHORT


class Basis(StrEnum):
    """How much of what was sold has a known purchase."""

    KNOWN = "known"
    PARTIAL = "partial"
    MISSING = "missing"


class Match(NamedTuple):
    """A quantity of one lot closed by one disposal.

    `lot_quantity_before` and `lot_fee_before` are what the lot held before this match: with them the
    share of the opening fee can be recomputed.
    """

    lot_id: TradeId
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

    @property
    def realised(self) -> Decimal:
        """Profit, or loss if negative, after both fees."""
        return EXACT.subtract(self.proceeds, self.cost)

    @property
    def fees(self) -> Decimal:
        """Both fee shares together."""
        return EXACT.add(self.open_fee, self.close_fee)

    @property
    def held_for(self) -> timedelta:
        """The time between opening and closing."""
        return self.closed_at - self.opened_at


class Disposal(NamedTuple):
    """What one trade closed; its id is that trade's, and a trade makes at most one.

    `quantity` = the matches' quantities + `unmatched_quantity`. `cost` and `realised` speak of the matched
    part only and are None when nothing matched; `proceeds` includes `unmatched_proceeds`, which are net of
    fees and whose cost nobody knows. `fees` are the closing trade's own and the matched lots' shares.
    """

    id: TradeId
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


def settle(
    execution: Execution, takes: Sequence[Take], quantity: Decimal, fee: Decimal, multiplier: Decimal
) -> Disposal:
    """Return what disposing of the quantity realises, given what it takes from the lots.

    `fee` is the execution's fee, or the closing part of it. Each match bears the share of what is left of
    it, pro rata by quantity; the last part, matched or not, gets the rest. Runs in the exact context.
    """
    executed_at, _, trade_id, side, _, price, _ = execution
    is_long = side is _SELL
    direction = _LONG if is_long else _SHORT
    unit = price * multiplier
    left, fee_left, fees = quantity, fee, fee
    cost = proceeds = ZERO
    matches: list[Match] = []
    for lot, taken, open_fee in takes:
        open_price = lot.price
        close_fee = fee_left if taken == left else round_share(fee_left, taken, left)
        if is_long:
            paid, received = taken * open_price * multiplier + open_fee, taken * unit - close_fee
        else:
            paid, received = taken * unit + close_fee, taken * open_price * multiplier - open_fee
        left -= taken
        fee_left -= close_fee
        fees += open_fee
        cost += paid
        proceeds += received
        # positional, for speed: the order is that of the fields
        match = Match(
            lot.id,
            direction,
            taken,
            open_price,
            price,
            open_fee,
            close_fee,
            paid,
            received,
            lot.opened_at,
            executed_at,
            lot.left,
            lot.fee_left,
        )
        matches.append(match)
    unmatched_proceeds = left * unit - fee_left if left else ZERO
    return Disposal(
        trade_id,
        direction,
        quantity,
        price,
        executed_at,
        tuple(matches),
        left,
        unmatched_proceeds,
        proceeds + unmatched_proceeds,
        cost if matches else None,
        proceeds - cost if matches else None,
        fees,
    )

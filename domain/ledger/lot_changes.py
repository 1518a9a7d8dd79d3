"""What actions change about lots, and the money that comes with it; everything runs in the exact context.

Units and costs are shared out by `round_share`, each from what is left, so that the last lot takes the rest: no unit
and no cent appears or vanishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from domain.ledger.book import Book, origin_of
from domain.ledger.corporate_action import CorporateAction
from domain.ledger.disposal import Disposal, Match
from domain.ledger.lot import Direction, Lot
from domain.shared.ids import derived_id
from domain.shared.money import ZERO, round_share

_ONE = Decimal(1)


def scale(lots: Sequence[Lot], new: Decimal, old: Decimal, multiplier: Decimal) -> None:
    """Turn every `old` units into `new` ones at the same cost.

    The total is rounded once, and the last lot takes the rest. A lot too small for a unit of its own leaves its cost to
    the next that has one, or to the last.
    """
    held = sum((lot.left for lot in lots), ZERO)
    to_share = round_share(held, new, old)
    value = fee = ZERO
    filled: Lot | None = None
    for lot in lots:
        value += lot.value(multiplier)
        fee += lot.fee_left
        share = round_share(to_share, lot.left, held)
        held -= lot.left
        to_share -= share
        lot.quantity = share + round_share(lot.quantity - lot.left, new, old)
        lot.left = share
        change_cost(lot, value if share else ZERO, multiplier)
        lot.fee_left = fee if share else ZERO
        if share:
            value = fee = ZERO
            filled = lot
    if filled is not None and (value or fee):
        change_cost(filled, filled.value(multiplier) + value, multiplier)
        filled.fee_left += fee


def is_something(lots: Sequence[Lot], new: Decimal, old: Decimal) -> bool:
    """Tell whether anything would be left of the lots: a ratio can be too small for what is held."""
    return bool(round_share(sum((lot.left for lot in lots), ZERO), new, old))


def change_cost(lot: Lot, value: Decimal, multiplier: Decimal) -> None:
    """Let what is left of a lot cost so much without fees; the price becomes the mean cost of a unit."""
    lot.basis = value
    units = lot.left * multiplier
    lot.price = round_share(value, _ONE, units) if units else ZERO


def mark(lot: Lot, action: CorporateAction) -> None:
    """Let a lot name the action that changed it last, and still the trade it comes from."""
    lot.trade_id = origin_of(lot)
    lot.event_id = action.id
    if not lot.left:
        lot.closed_at = action.details.effective_at


def take_cash(book: Book, amount: Decimal) -> None:
    """Book money that comes with what is held: a long receives it, a short pays."""
    if book.position.quantity > ZERO:
        book.position.cash_in += amount
    else:
        book.position.cash_out += amount


def payment(action: CorporateAction, lot: Lot, per_unit: Decimal, cost: Decimal, amount: Decimal) -> Match:
    """Return the match of money with the cost that belongs to it, and with no units."""
    is_long = lot.direction is Direction.LONG
    return Match(
        lot.id,
        lot.direction,
        ZERO,
        lot.price,
        per_unit,
        ZERO,
        ZERO,
        cost if is_long else amount,
        amount if is_long else cost,
        lot.opened_at,
        action.details.effective_at,
        lot.left,
        lot.fee_left,
        lot.basis,
    )


def paid(action: CorporateAction, matches: Sequence[Match], per_unit: Decimal, book: Book) -> Disposal:
    """Return the disposal of nothing that matches of money make up."""
    cost = sum((match.cost for match in matches), ZERO)
    proceeds = sum((match.proceeds for match in matches), ZERO)
    return Disposal(
        id=derived_id(action.id, book.position.terms.account_id),
        direction=matches[0].direction,
        quantity=ZERO,
        price=per_unit,
        closed_at=action.details.effective_at,
        matches=tuple(matches),
        unmatched_quantity=ZERO,
        unmatched_proceeds=ZERO,
        proceeds=proceeds,
        cost=cost,
        realised=proceeds - cost,
        fees=ZERO,
        event_id=action.id,
    )


def close_all(action: CorporateAction, price: Decimal, book: Book, quantity: Decimal | None = None) -> None:
    """Close what is held, or a quantity of it, at a price."""
    position = book.position
    position.settle_totals()
    held = abs(position.quantity)
    closed = held if quantity is None else min(quantity, held)
    id_ = derived_id(action.id, position.terms.account_id)
    direction = Direction.LONG if position.quantity > ZERO else Direction.SHORT
    book.book(position.close((id_, direction, closed, price, ZERO, action.details.effective_at, action.id)))

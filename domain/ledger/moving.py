"""Transfers between accounts: lots go over with their dates, costs and fees, and nothing is realised.

In the exact context.
"""

from __future__ import annotations

from decimal import Decimal

from domain.ledger.book import Book
from domain.ledger.lot import Direction
from domain.ledger.lot_changes import change_cost
from domain.ledger.method import CostMethod
from domain.ledger.transfer import Transfer
from domain.shared.ids import derived_id
from domain.shared.money import ZERO


def move(transfer: Transfer, source: Book, target: Book) -> Decimal:
    """Let lots go over and return how many units went: all that there are, up to the quantity.

    Which lots go is for the giving account's cost method to say, after those that were selected. Only what is held
    long moves, and not against a short position: nobody but the trader knows which of the two is wrong.
    """
    if source.direction is not Direction.LONG or target.direction is Direction.SHORT:
        return ZERO
    details = transfer.details
    # where all lots share one mean cost, a selection has no meaning
    selection = () if source.position.terms.method is CostMethod.AVERAGE else details.lot_selection
    takes, missing = source.position.lots.consume(details.quantity, selection)
    lots = source.give(takes, details.transferred_at)
    for lot in lots:
        # the price becomes the mean cost of a unit, which it may not have been where lots share one
        change_cost(lot, lot.value(source.multiplier), source.multiplier)
        lot.id, lot.event_id = derived_id(transfer.id, lot.id), transfer.id
    target.receive(lots, details.transferred_at)
    return details.quantity - missing

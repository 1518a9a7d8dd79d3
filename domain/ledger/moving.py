"""Transfers between accounts: lots go over with their dates, costs and fees, and nothing is realised.

In the exact context.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from domain.ledger.book import Book
from domain.ledger.execution import LotSelection
from domain.ledger.lot import Direction
from domain.ledger.lot_changes import change_cost
from domain.ledger.method import CostMethod
from domain.ledger.open_lots import Take
from domain.ledger.transfer import Moved, Transfer
from domain.shared.ids import derived_id
from domain.shared.money import ZERO


def move(transfer: Transfer, source: Book, target: Book) -> Moved:
    """Let lots go over and return how many units went: all that there are, up to the quantity.

    Which lots go is for the giving account's cost method to say, after those that were selected. Only what is held
    long moves, and not against a short position: nobody but the trader knows which of the two is wrong.
    """
    if source.direction is not Direction.LONG or target.direction is Direction.SHORT:
        return Moved(ZERO)
    details = transfer.details
    # where all lots share one mean cost, a selection has no meaning
    selection = () if source.position.terms.method is CostMethod.AVERAGE else details.lot_selection
    takes, missing = source.position.lots.consume(details.quantity, selection)
    substituted = _substituted(takes, selection, missing)
    lots = source.give(takes, details.transferred_at)
    for lot in lots:
        # the price becomes the mean cost of a unit, which it may not have been where lots share one
        change_cost(lot, lot.value(source.multiplier), source.multiplier)
        lot.id, lot.event_id = derived_id(transfer.id, lot.id), transfer.id
    target.receive(lots, details.transferred_at)
    return Moved(details.quantity - missing, substituted)


def _substituted(takes: Sequence[Take], selection: Sequence[LotSelection], missing: Decimal) -> Decimal:
    """Return how many units were taken of other lots because the named ones had them no more."""
    taken = {lot.id: quantity for lot, quantity in takes}
    lacking = ZERO
    for lot_id, wanted in selection:
        part = min(wanted, taken.get(lot_id, ZERO))
        taken[lot_id] = taken.get(lot_id, ZERO) - part
        lacking += wanted - part
    # what nobody had is not there to be chosen
    return max(lacking - missing, ZERO)

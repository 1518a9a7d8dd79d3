"""Branches that the ledger's explanations share, so that all say the same of a share, a rest, or a source."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from domain.ledger import formulas
from domain.ledger.explanation import Formula, Node, Operation, Reference, ReferenceKind, derive, recorded

QUANTITY = "quantity"
MULTIPLIER = "multiplier"


def share(name: str, total: Node, part: Node, whole: Node, formula: Formula = formulas.FEE_SHARE) -> Node:
    """Return the rounded share of a total that goes with a part of a whole."""
    return derive(name, Operation.SHARE, total.unit, total, part, whole, formula=formula)


def left(name: str, whole: Node, taken: Decimal, by: Reference) -> Node:
    """Return what is left of the whole after what others took."""
    if not taken:
        return whole
    return derive(name, Operation.DIFFERENCE, whole.unit, whole, recorded("taken_before", taken, whole.unit, by))


def agree(node: Node, stored: Decimal) -> Node:
    """Return the node if it gives the stored figure, else raise AssertionError: what does not agree is not shown."""
    if node.value != stored:
        message = f"{node.name} is stored as {stored} but its inputs give {node.value}"
        raise AssertionError(message)
    return node


def of_trade(trade_id: UUID) -> Reference:
    """Where a trade's numbers stand."""
    return Reference(ReferenceKind.TRADE, str(trade_id))


def of_lot(lot_id: UUID) -> Reference:
    """Where a lot's numbers stand."""
    return Reference(ReferenceKind.LOT, str(lot_id))


def of_disposal(disposal_id: UUID) -> Reference:
    """Where a disposal's numbers stand."""
    return Reference(ReferenceKind.DISPOSAL, str(disposal_id))


def of_action(action_id: UUID) -> Reference:
    """Where a corporate action's numbers stand."""
    return Reference(ReferenceKind.CORPORATE_ACTION, str(action_id))


def of_position(position_id: UUID) -> Reference:
    """Where a position's numbers stand."""
    return Reference(ReferenceKind.POSITION, str(position_id))

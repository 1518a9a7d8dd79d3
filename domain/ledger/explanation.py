"""Every figure as a tree: from the figure through its formulas down to the trades and prices it comes from.

A tree is plain data. Each node that is not an input says which operation makes its value from its
operands' values, so anybody can recompute the figure from the tree alone; `evaluate` does.

| operation  | value                                                                  |
|------------|------------------------------------------------------------------------|
| input      | as recorded                                                            |
| sum        | all operands added; nothing is zero                                    |
| difference | the first operand less all others                                      |
| product    | all operands multiplied                                                |
| negation   | the only operand with the other sign                                   |
| share      | total, part, whole: total x part / whole, half-even to 18 places; the total itself if part is the whole |

A share of fees or cost always refers to what is left: `total` and `whole` are what earlier parts have not
taken, so the last part takes the remainder and all parts add up to the total.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.shared.errors import Invalid
from domain.shared.money import EXACT, ZERO, round_share


class Operation(StrEnum):
    """How a node's value follows from its operands."""

    INPUT = "input"
    SUM = "sum"
    DIFFERENCE = "difference"
    PRODUCT = "product"
    NEGATION = "negation"
    SHARE = "share"


class ReferenceKind(StrEnum):
    """What an input is a part of."""

    TRADE = "trade"
    LOT = "lot"
    DISPOSAL = "disposal"
    POSITION = "position"
    INSTRUMENT = "instrument"
    PRICE = "price"
    CORPORATE_ACTION = "corporate_action"
    EXCHANGE_RATE = "exchange_rate"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where to look an input up."""

    kind: ReferenceKind
    id: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A named rule; `version` rises whenever the same inputs would give another figure."""

    name: str
    version: int
    expression: str


@dataclass(frozen=True, slots=True)
class Node:
    """One figure. `unit` is a currency code, `quantity`, `multiplier` or `exchange_rate`."""

    name: str
    operation: Operation
    value: Decimal
    unit: str
    operands: tuple[Node, ...] = ()
    reference: Reference | None = None
    formula: Formula | None = None


def evaluate(node: Node) -> Decimal:
    """Recompute the node from its inputs, ignoring every other value in the tree; exact."""
    if node.operation is Operation.INPUT:
        return node.value
    return compute(node.operation, [evaluate(operand) for operand in node.operands])


def compute(operation: Operation, values: list[Decimal]) -> Decimal:
    """Apply one operation to its operands' values; raise Invalid if their number does not fit."""
    if operation is Operation.SUM:
        total = ZERO
        for value in values:
            total = EXACT.add(total, value)
        return total
    if operation is Operation.DIFFERENCE and values:
        rest, *others = values
        for value in others:
            rest = EXACT.subtract(rest, value)
        return rest
    if operation is Operation.PRODUCT and values:
        product, *others = values
        for value in others:
            product = EXACT.multiply(product, value)
        return product
    if operation is Operation.NEGATION and len(values) == 1:
        return EXACT.minus(values[0])
    if operation is Operation.SHARE and len(values) == 3:  # noqa: PLR2004 - total, part, whole
        return round_share(values[0], values[1], values[2])
    raise Invalid(f"A {operation.value} of {len(values)} values is not defined.", field="operation")


def recorded(name: str, value: Decimal, unit: str, reference: Reference) -> Node:
    """Return an input: a value as it was recorded, and where."""
    return Node(name, Operation.INPUT, value, unit, reference=reference)


def derive(
    name: str,
    operation: Operation,
    unit: str,
    *operands: Node,
    formula: Formula | None = None,
    reference: Reference | None = None,
) -> Node:
    """Return a node whose value is computed from its operands."""
    value = compute(operation, [operand.value for operand in operands])
    return Node(name, operation, value, unit, operands, reference, formula)

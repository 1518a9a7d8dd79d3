"""What the trees of explanations come to, computed by nobody's code but this."""

from __future__ import annotations

from fractions import Fraction

from tests.journeys.ledger_api import Json


def evaluated(node: Json) -> Fraction:
    """What a tree comes to, computed from its inputs alone, in fractions."""
    values = [evaluated(operand) for operand in node["operands"]]
    match node["operation"]:
        case "input":
            assert not values
            assert node["reference"] is not None
            return Fraction(node["value"])
        case "sum":
            return sum(values, Fraction(0))
        case "difference":
            return values[0] - sum(values[1:], Fraction(0))
        case "product":
            product = Fraction(1)
            for value in values:
                product *= value
            return product
        case "negation":
            (value,) = values
            return -value
        case "share":
            total, part, whole = values
            # Fraction rounds half to even
            return total if part == whole else Fraction(round(total * part / whole * 10**18), 10**18)
        case other:
            raise AssertionError(other)


def is_true(node: Json) -> bool:
    """Whether every node of a tree shows the value that its operands give."""
    return evaluated(node) == Fraction(node["value"]) and all(is_true(operand) for operand in node["operands"])

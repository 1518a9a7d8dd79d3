"""Whether a total is quantity x price, as far as numbers that were rounded for printing can tell.

The price and the quantity of a file are recorded as they are; its total only checks them, and so finds a price in pence
that was taken for pounds, or a column that is not what it seemed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Final

from adapters.ledger.imports.delimited.cells import Cell
from domain.ledger.execution import Side
from domain.shared.errors import Invalid
from domain.shared.money import EXACT, MAX_FRACTION_DIGITS, ZERO, plain, round_share

_ONE: Final = Decimal(1)
_CENT: Final = Decimal("0.01")
_MARGIN: Final = Decimal(50)
_LEAST_PLACES: Final = 6
_DOWN: Final = Context(prec=100, rounding=ROUND_FLOOR)
_UP: Final = Context(prec=100, rounding=ROUND_CEILING)


def last_place(number: Decimal) -> Decimal:
    """Return one unit of the last written digit after the point; zero for a whole number, which is exact."""
    exponent = number.as_tuple().exponent
    return Decimal((0, (1,), exponent)) if isinstance(exponent, int) and exponent < 0 else ZERO


def check_total(cell: Cell, total: Decimal, quantity: Decimal, price: Decimal, charges: Decimal = ZERO) -> None:
    """Raise BadCell unless the total is quantity x price and the charges, give or take what rounding explains.

    `charges` are signed: what a purchase costs besides, and less than nothing of a sale.
    """
    check_sum(cell, total, [(quantity, price)], charges)


def check_sum(cell: Cell, total: Decimal, parts: Sequence[tuple[Decimal, Decimal]], charges: Decimal = ZERO) -> None:
    """Do what `check_total` does for the sum of several quantities, each at its price."""
    expected, allowed = charges, max(last_place(total), _CENT) if last_place(total) else _ONE
    for quantity, price in parts:
        expected = EXACT.add(expected, EXACT.multiply(quantity, price))
        allowed = EXACT.add(allowed, EXACT.multiply(last_place(quantity), EXACT.abs(price)))
        allowed = EXACT.add(allowed, EXACT.multiply(EXACT.abs(quantity), last_place(price)))
    if EXACT.abs(EXACT.subtract(EXACT.abs(total), EXACT.abs(expected))) > allowed:
        shown = " + ".join(f"{plain(quantity)} x {plain(price)}" for quantity, price in parts[:3])
        raise cell.bad(
            f"is not {shown} with charges of {plain(EXACT.abs(charges))}, which is {plain(EXACT.abs(expected))}"
        )


def near(one: Decimal, other: Decimal) -> bool:
    """Tell whether two sums agree but for a rounded rate and a broker's margin on it: within a fiftieth."""
    miss = EXACT.multiply(EXACT.abs(EXACT.subtract(one, other)), _MARGIN)
    return miss <= EXACT.add(max(EXACT.abs(one), EXACT.abs(other)), _ONE)


def value_of(quantity: Decimal, price: Decimal) -> Decimal:
    """Return quantity x price; what is finer than 18 places after the point is rounded."""
    product = EXACT.multiply(quantity, price)
    exponent = product.as_tuple().exponent
    is_fine = isinstance(exponent, int) and exponent < -MAX_FRACTION_DIGITS
    return round_share(quantity, price, _ONE) if is_fine else product


def unit_price(value: Decimal, quantity: Decimal) -> Decimal:
    """Return what a unit cost where a file tells only the value of all, to 18 places; raise Invalid for no units."""
    if quantity == ZERO:
        raise Invalid("quantity is 0, so that nothing has a price.", field="quantity")
    return Decimal(plain(round_share(value, _ONE, quantity)))


def worth(value: Decimal, quantity: Decimal, side: Side) -> tuple[Decimal, Decimal]:
    """Return the price, and the charge that makes quantity x price with it exactly the value that moved.

    Few values divide without a rest. The price is cut so that its product with the quantity has no more than 18 places;
    what that leaves, less than can be paid, is a charge, so that no cash appears or vanishes.
    """
    if quantity <= ZERO:
        raise Invalid(f"quantity is {plain(quantity)}, so that nothing has a price.", field="quantity")
    exponent = quantity.as_tuple().exponent
    places = MAX_FRACTION_DIGITS + (min(exponent, 0) if isinstance(exponent, int) else 0)
    if places < _LEAST_PLACES:
        return unit_price(value, quantity), ZERO
    # a buyer pays less than the value and then the charge, a seller gets more and then pays it
    cutting = _DOWN if side is Side.BUY else _UP
    price = Decimal(plain(cutting.quantize(cutting.divide(value, quantity), Decimal(1).scaleb(-places))))
    return price, EXACT.abs(EXACT.subtract(value, EXACT.multiply(quantity, price)))

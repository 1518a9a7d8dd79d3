"""Exact money, prices and quantities.

Every amount is a finite decimal computed in `EXACT`, a context wide enough that no sum or product of
admissible numbers can lose a digit; if one would, it raises instead. Where a division makes rounding
unavoidable there is one policy, `round_share`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import (
    ROUND_05UP,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    Underflow,
)

from domain.shared.errors import Invalid

MAX_INTEGER_DIGITS = 20
MAX_FRACTION_DIGITS = 18
_QUANTUM = Decimal(1).scaleb(-MAX_FRACTION_DIGITS)

# quantity x price x multiplier x rate has at most 4 x 38 digits; a sum over a billion of them adds nine
EXACT = Context(
    prec=168,
    rounding=ROUND_HALF_EVEN,
    traps=[InvalidOperation, DivisionByZero, Overflow, Underflow, Inexact, FloatOperation],
)
# wide enough for the largest exact number over the smallest; a quotient rounded by 05UP keeps what the half-even
# rounding after it must know, so that no tie is made or lost on the way
_DIVIDING = Context(prec=160, rounding=ROUND_05UP, traps=[InvalidOperation, DivisionByZero, Overflow])
_ROUNDING = Context(prec=160, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
# nineteen digits, eighteen of them after the point: what is below ten comes out of this division rounded half-even
_SMALL = Context(prec=19, Emin=0, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
# bound once: fees are shared out in the innermost loop of the ledger
_multiply, _divide, _divide_small, _quantize = EXACT.multiply, _DIVIDING.divide, _SMALL.divide, _ROUNDING.quantize

ZERO = Decimal(0)

_PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,18})?")
_CURRENCY = re.compile(r"[A-Z][A-Z0-9]{2,9}")


def parse_decimal(text: str, field: str) -> Decimal:
    """Read plain decimal notation: at most 20 digits before the point and 18 after, nothing else.

    Raises Invalid for exponents, underscores, foreign digits, NaN, infinities and blanks.
    """
    if _PLAIN.fullmatch(text) is None:
        raise Invalid(
            f"{field} must be a plain decimal with at most 20 digits before and 18 after the point, "
            f"such as 1234.5; got {text[:48]!r}.",
            field=field,
        )
    return Decimal(text)


def check_number(value: Decimal, field: str) -> Decimal:
    """Return the value if it is finite and within 20 digits before and 18 after the point, else raise Invalid."""
    if not value.is_finite():
        raise Invalid(f"{field} must be a finite number.", field=field)
    exponent = value.as_tuple().exponent
    # the exponent of a finite number is an integer; comparing before any arithmetic keeps 1e999999 cheap
    too_fine = isinstance(exponent, int) and exponent < -MAX_FRACTION_DIGITS
    if value.adjusted() >= MAX_INTEGER_DIGITS or too_fine:
        raise Invalid(f"{field} has more than 20 digits before or 18 after the point.", field=field)
    return value


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros, so that equal numbers read alike."""
    text = str(value)
    if "E" in text:
        # with an exponent it takes three times as long to write, and hardly any number has one
        text = f"{value:f}"
    if text[-1] == "0":
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        if text == "-0":
            return "0"
    return text


def round_share(total: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """Return `total x part / whole` rounded half-even to 18 places: the only rounding in the ledger.

    The part that is the whole gets the total unrounded. Who shares something out takes each share from
    what is left (total and whole shrink together): then shares never change sign and always add up.
    """
    if part == whole:
        return total
    if not total:
        return ZERO
    product = _multiply(total, part)
    share = _divide_small(product, whole)
    return share if share.adjusted() <= 0 else _quantize(_divide(product, whole), _QUANTUM)


def share_exact(total: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """Do what `round_share` does, faster, for callers in the exact context whose part is not the whole."""
    product = total * part
    share = _divide_small(product, whole)
    if share.adjusted() <= 0:
        return share
    # whole units need no rounding, so what is left of one is rounded for itself
    units, rest = divmod(product, whole)
    return units + _divide_small(rest, whole)


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 or crypto code, upper case, three to ten characters."""

    code: str

    def __post_init__(self) -> None:
        if _CURRENCY.fullmatch(self.code) is None:
            raise Invalid(f"{self.code[:16]!r} is not a currency code such as USD, INR or USDT.", field="currency")

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency; adding another currency raises and names both."""

    amount: Decimal
    currency: Currency

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise Invalid("An amount of money must be a finite number.", field="amount")

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(EXACT.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(EXACT.subtract(self.amount, other.amount), self.currency)

    def __neg__(self) -> Money:
        return Money(EXACT.minus(self.amount), self.currency)

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise Invalid(
                f"{self.currency} and {other.currency} cannot be added; convert one of them first.",
                left=self.currency.code,
                right=other.currency.code,
            )

    @classmethod
    def zero(cls, currency: Currency) -> Money:
        """Nothing, in this currency."""
        return cls(ZERO, currency)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of units of an instrument, fractions allowed; the sign says long or short where it matters."""

    value: Decimal

    def __post_init__(self) -> None:
        check_number(self.value, "quantity")


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs. May be zero or negative, as futures prices have been."""

    value: Decimal
    currency: Currency

    def __post_init__(self) -> None:
        check_number(self.value, "price")

    def __mul__(self, quantity: Quantity) -> Money:
        return Money(EXACT.multiply(self.value, quantity.value), self.currency)

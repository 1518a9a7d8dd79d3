"""Numbers as providers write them: read from their text, and no number of theirs is one that we cannot hold.

JSON numbers are decoded as `Decimal`, which msgspec makes from the text. It lets pass what is no number and what is
larger than any price, so that each goes through here before it means anything.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Final

from adapters.platform.resilience.failures import Reason, Unknown
from domain.shared.money import MAX_FRACTION_DIGITS, MAX_INTEGER_DIGITS

_QUANTUM: Final = Decimal(1).scaleb(-MAX_FRACTION_DIGITS)
_ROUNDING: Final = Context(prec=MAX_INTEGER_DIGITS + MAX_FRACTION_DIGITS + 1, rounding=ROUND_HALF_EVEN)
_SINGLE: Final = Context(prec=7, rounding=ROUND_HALF_EVEN)
_DIGITS_OF_A_SINGLE: Final = 9
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def number(value: Decimal) -> Decimal:
    """Return the number, to 18 places half-even; raise Unknown with `unreadable` if it is none or too large to hold."""
    if not value.is_finite() or (value and value.adjusted() >= MAX_INTEGER_DIGITS):
        raise unreadable("a number is not finite, or larger than any price")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -MAX_FRACTION_DIGITS <= exponent <= 0:
        return value
    return value.quantize(Decimal(1) if isinstance(exponent, int) and exponent > 0 else _QUANTUM, context=_ROUNDING)


def optional(value: Decimal | None) -> Decimal | None:
    """Return the number, or None for none."""
    return None if value is None else number(value)


def written(text: str) -> Decimal:
    """Return the number that a text holds, raise Unknown with `unreadable` if it holds something else."""
    # no letters but that of an exponent, no blanks, underscores or digits of other scripts
    if not text or not set(text) <= set("0123456789.-+eE"):
        raise unreadable("a number is not written as one")
    try:
        return number(Decimal(text))
    except InvalidOperation:
        raise unreadable("a number is not written as one") from None


def of_single(value: Decimal) -> Decimal:
    """Return the number that was widened from single precision: its first seven digits, the others are noise.

    One with up to nine digits was not widened, and stays. Rounding keeps the order of numbers.
    """
    exact = number(value)
    if len(exact.as_tuple().digits) <= _DIGITS_OF_A_SINGLE:
        return exact
    return number(_SINGLE.plus(exact).normalize())


def at(seconds: Decimal | int) -> datetime:
    """Return the instant that many seconds after 1970 began, raise Unknown with `unreadable` if there is none."""
    try:
        return _EPOCH + timedelta(microseconds=int(Decimal(seconds) * 1_000_000))
    except (OverflowError, InvalidOperation, ValueError):
        raise unreadable("a time lies outside the years 1 to 9999") from None


def at_milliseconds(count: int) -> datetime:
    """Return the instant that many milliseconds after 1970 began, raise Unknown with `unreadable` if there is none."""
    try:
        return _EPOCH + timedelta(milliseconds=count)
    except OverflowError:
        raise unreadable("a time lies outside the years 1 to 9999") from None


def unreadable(what: str) -> Unknown:
    """The failure of an answer that is not what it should be: `what` speaks of it and quotes nothing."""
    return Unknown(Reason.UNREADABLE, f"The answer cannot be understood: {what}.")

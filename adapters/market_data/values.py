"""Names, codes, prices and times as providers write them, made into values of ours."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from adapters.market_data.numbers import number, unreadable
from domain.shared.errors import Invalid
from domain.shared.minor_units import major, unit
from domain.shared.money import ZERO, Currency

_LONGEST: Final = 256
_LONGEST_PROSE: Final = 20_000


def label(text: str | None) -> str | None:
    """The text on one line without what would not print; None if nothing is left."""
    return "".join(c for c in " ".join((text or "").split()) if c.isprintable())[:_LONGEST].strip() or None


def prose(text: str | None) -> str | None:
    """The text without what would not print, on as many lines as it has; None if nothing is left."""
    return "".join(c for c in (text or "")[:_LONGEST_PROSE] if c.isprintable() or c == "\n").strip() or None


def currency_of(code: str) -> Currency:
    """The currency that prices of this code are in, pence being pounds; raise Unknown with `unreadable` for no code."""
    try:
        return major(code, ZERO)[0]
    except Invalid:
        raise unreadable("a currency is no code") from None


def whole(code: str, price: Decimal) -> Decimal:
    """The price in whole units of the currency: pence are hundredths of pounds."""
    try:
        return number(major(unit(code).code, number(price))[1])
    except Invalid:
        raise unreadable("a price has too many digits") from None


def optional_whole(code: str, price: Decimal | None) -> Decimal | None:
    """The price in whole units, or None for none."""
    return None if price is None else whole(code, price)


def day_of(text: str) -> date:
    """The date that a text begins with, such as 2026-01-31; raise Unknown with `unreadable` for something else."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise unreadable("a date is none") from None


def instant_of(text: str) -> datetime:
    """The instant of an ISO 8601 text, in UTC if it says no other; raise Unknown with `unreadable` if it is none."""
    try:
        read = datetime.fromisoformat(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise unreadable("a time is none") from None

"""Days that are asked for from one to another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple

from domain.shared.errors import Invalid

MOST: Final = 93
"""How many days may lie between the first and the last: a quarter."""
_WEEK: Final = timedelta(days=6)


class Days(NamedTuple):
    """From the first day to the last, both included."""

    first: date
    last: date


def days_asked(first: date | None, last: date | None, today: date) -> Days:
    """Return the days: from today unless said otherwise, for a week unless said otherwise.

    Raise Invalid if they end before they begin, or are more than a quarter has.
    """
    begins = first or today
    try:
        ends = last or begins + _WEEK
    except OverflowError:
        ends = begins
    if ends < begins:
        raise Invalid(f"The last day, {ends}, comes before the first, {begins}.", field="to")
    if (ends - begins).days > MOST:
        raise Invalid(f"From {begins} to {ends} are more than {MOST} days; ask for fewer.", field="to")
    return Days(begins, ends)

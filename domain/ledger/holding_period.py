"""How long units were held, and whether that is short or long for the tax on their gain."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from domain.ledger.tax_year import Jurisdiction


class HoldingClass(StrEnum):
    """What the holding period makes of a gain."""

    SHORT_TERM = "short_term"
    LONG_TERM = "long_term"


def long_term_from(acquired: date) -> date:
    """Return the first day on which units have been held for more than one year.

    The day of acquisition does not count and that of the disposal does, so that units bought on 1 March are long from
    2 March of the next year, and those bought on 28 or 29 February from 1 March.
    Source: 26 U.S.C. 1222, Rev. Rul. 66-7; India counts twelve months (Income-tax Act 1961, s. 2(42A)).
    """
    counted = acquired + timedelta(days=1)
    if (counted.month, counted.day) == (2, 29):
        return date(counted.year + 1, 3, 1)
    return counted.replace(year=counted.year + 1)


def holding_class(
    jurisdiction: Jurisdiction, acquired: date, disposed: date, long_term_days: int | None
) -> HoldingClass | None:
    """Return the class of units held from one day to the other.

    Held for more than `long_term_days` days is long, if that is given. Otherwise the jurisdiction has a rule of its
    own: more than one year by the calendar in the US and India, and no classes, hence None, in the UK.
    """
    if long_term_days is not None:
        is_long = (disposed - acquired).days > long_term_days
    elif jurisdiction is Jurisdiction.UK:
        return None
    else:
        is_long = disposed >= long_term_from(acquired)
    return HoldingClass.LONG_TERM if is_long else HoldingClass.SHORT_TERM

"""Share matching: which disposals the law of the UK identifies with acquisitions of the same day or the next 30 days.

Source: Taxation of Chargeable Gains Act 1992, s. 105 (same day) and s. 106A (the following 30 days, "bed and
breakfast"). All sales of a day count as one, as do all purchases. What was bought on a day is matched with what was
sold on it first; what then is left of it, with earlier sales that it follows within 30 days, the earliest first, each
with the earliest purchase. What neither matches belongs to the pool (section 104), which these labels do not compute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final

from domain.ledger.tax_labels import WINDOW_DAYS, Acquisition, PartKey, ShareMatching, SoldPart

_DAYS: Final = [timedelta(days=after) for after in range(1, WINDOW_DAYS + 1)]


def share_matching(acquisitions: Iterable[Acquisition], parts: Iterable[SoldPart]) -> Mapping[PartKey, ShareMatching]:
    """Label the parts of one instrument's sales, over all accounts, that either rule matches, in units of each sale.

    What is matched for a day goes to its sales in their order.
    """
    bought: dict[date, int] = {}
    for each in acquisitions:
        bought[each.day] = bought.get(each.day, 0) + each.particles
    days = [_Day(day, list(sold)) for day, sold in groupby(sorted(parts, key=_BY_DAY), attrgetter("day"))]
    for day in days:
        number = min(day.sold, bought.get(day.day, 0))
        if number:
            bought[day.day] -= number
            day.same_day = number
    for day in days:
        left = day.sold - day.same_day
        for after in _DAYS:
            number = min(left, bought.get(day.day + after, 0))
            if number:
                bought[day.day + after] -= number
                day.thirty_day += number
                left -= number
    return {key: label for day in days for key, label in day.labels()}


_BY_DAY = attrgetter("day", "at", "disposal_id", "ordinal")


class _Day:
    """What was sold on one day, and how much of it each rule matches."""

    def __init__(self, day: date, parts: list[SoldPart]) -> None:
        self.day = day
        self.sold = sum(part.particles for part in parts)
        self.same_day = self.thirty_day = 0
        self._parts = parts

    def labels(self) -> Iterable[tuple[PartKey, ShareMatching]]:
        """Yield the labels of the parts, those of the same day first."""
        same_day, thirty_day = self.same_day, self.thirty_day
        for part in self._parts:
            left = part.particles
            first = min(left, same_day)
            second = min(left - first, thirty_day)
            same_day, thirty_day = same_day - first, thirty_day - second
            if first or second:
                yield part.key, ShareMatching(part.own_units(first), part.own_units(second))

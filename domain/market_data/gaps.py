"""Days of trading of which a series has no bar, though the exchange was open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from domain.market_data.calendar import SpecialDay, sessions
from domain.market_data.exchange import Exchange


class Gap(NamedTuple):
    """Days of trading without a bar, from the first to the last; `days` says how many of them are there."""

    first: date
    last: date
    days: int


def gaps(
    present: Collection[date], exchange: Exchange, special_days: Mapping[date, SpecialDay], first: date, last: date
) -> Sequence[Gap]:
    """Return the gaps between the days, oldest first; a market that never closes trades on all of them."""
    there = frozenset(present)
    found: list[Gap] = []
    is_open = False
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        if not exchange.is_always_open and not sessions(exchange, day, special_days.get(day)):
            continue
        if day in there:
            is_open = False
        elif is_open:
            found[-1] = Gap(found[-1].first, day, found[-1].days + 1)
        else:
            found.append(Gap(day, day, 1))
            is_open = True
    return found

"""Random walks that can be looked at anywhere: the same everywhere, without the steps before.

Levy's construction of Brownian motion: the middle between two known points is their mean and a chance that depends on
nothing but its place. So a price of 2015 and one of today fit each other, though nothing is stored between them.
"""

from __future__ import annotations

import hashlib
from math import sqrt
from statistics import NormalDist
from typing import Final, final

_STANDARD: Final = NormalDist()
_STEPS: Final = 2.0**52


def chance(*parts: str | int) -> float:
    """Return a number above 0 and below 1 that depends on nothing but the parts."""
    text = "|".join(str(part) for part in parts)
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return ((int.from_bytes(digest, "big") >> 12) + 0.5) / _STEPS


def deviation(*parts: str | int) -> float:
    """Return a standard normal deviation that depends on nothing but the parts."""
    return _STANDARD.inv_cdf(chance(*parts))


@final
class Walk:
    """Brownian motion from 0 at 0 on, one unit of variance a step, for 2**levels steps."""

    def __init__(self, name: str, levels: int) -> None:
        self._name = name
        self._end: Final = 2**levels
        self._known = {0: 0.0, self._end: sqrt(self._end) * deviation(name, self._end)}

    def at(self, step: int) -> float:
        """Return where it is after that many steps, of those that there are."""
        place = min(max(step, 0), self._end)
        low, high = 0, self._end
        while place not in self._known:
            middle = (low + high) // 2
            if middle not in self._known:
                mean = (self._known[low] + self._known[high]) / 2
                self._known[middle] = mean + sqrt((high - low) / 4) * deviation(self._name, middle)
            low, high = (middle, high) if place > middle else (low, middle)
        return self._known[place]

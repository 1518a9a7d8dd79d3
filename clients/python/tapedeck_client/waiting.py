"""How long to wait before the next attempt, so that a thousand clients of a restarted server do not come at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final, final

_RANDOM: Final = secrets.SystemRandom()
_LONGEST_EXPONENT: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The first wait doubles with each failure up to the longest; each is shortened at random, to half at most."""

    first_s: float = 0.25
    longest_s: float = 30.0
    # a connection that held for so long is no failure
    steady_s: float = 10.0


@final
class BackOff:
    """Counts failures in a row."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._failures = 0

    def begin_anew(self) -> None:
        """Forget the failures so far."""
        self._failures = 0

    def next_s(self, held_s: float, asked_s: float | None) -> float:
        """Return how long to wait after a connection that held for so long; the server's wish wins."""
        if held_s >= self._waits.steady_s:
            self._failures = 0
        full = min(self._waits.longest_s, self._waits.first_s * 2 ** min(self._failures, _LONGEST_EXPONENT))
        self._failures += 1
        if asked_s is not None:
            # the server has spread its clients already
            return min(asked_s, self._waits.longest_s)
        return _RANDOM.uniform(full / 2, full)

"""How long whoever guesses passwords must wait: first not at all, then twice as long each time, up to a limit.

Waiting never grows beyond the limit and an attempt that comes too early is not counted, so nobody can be shut out by
others who keep trying: the worst is a wait of seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

NO_WAIT: Final = timedelta(0)
FORGOTTEN_AFTER: Final = timedelta(minutes=15)
_FIRST_WAIT: Final = timedelta(seconds=1)
_MOST_DOUBLINGS: Final = 10


@dataclass(frozen=True, slots=True)
class Guesses:
    """Attempts that failed, or whose outcome is not known yet."""

    count: int
    last_at: datetime

    def one_less(self) -> Guesses:
        """Return the guesses without one that was none."""
        return Guesses(max(self.count - 1, 0), self.last_at)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many guesses are free; after that each must wait, at most `longest`."""

    free: int
    longest: timedelta

    def wait(self, guesses: Guesses | None, now: datetime) -> timedelta:
        """Return how long it is until the next guess is looked at."""
        if guesses is None or guesses.count < self.free or now - guesses.last_at >= FORGOTTEN_AFTER:
            return NO_WAIT
        doublings = min(guesses.count - self.free, _MOST_DOUBLINGS)
        pause = min(_FIRST_WAIT * (1 << doublings), self.longest)
        # a clock that was set back must not make anybody wait longer than that
        return max(min(guesses.last_at + pause - now, pause), NO_WAIT)


def counted(guesses: Guesses | None, now: datetime) -> Guesses:
    """Return the guesses with one more, forgetting those of long ago."""
    if guesses is None or now - guesses.last_at >= FORGOTTEN_AFTER:
        return Guesses(1, now)
    return Guesses(guesses.count + 1, now)


# One account from one source: somebody mistypes, or guesses from their own machine.
PAIR: Final = Limit(free=5, longest=timedelta(seconds=30))
# One source on any account: a list of stolen passwords is tried.
SOURCE: Final = Limit(free=50, longest=timedelta(seconds=30))
# One account from any source: a botnet guesses. Sources the owner signed in from lately are not held up by it.
ACCOUNT: Final = Limit(free=20, longest=timedelta(seconds=10))

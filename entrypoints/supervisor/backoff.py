"""How long to wait before a process that died is started again."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_S = 0.2
LONGEST_S = 15.0
STABLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """At once after a stable run, then 0.2 s, doubling up to 15 s while the process keeps dying young."""

    failures: int = 0

    def after_run_of(self, seconds: float) -> Backoff:
        """Return the state after a process lived that long; 30 s count as stable and forgive what was before."""
        return Backoff(0 if seconds >= STABLE_S else self.failures + 1)

    @property
    def delay_s(self) -> float:
        """The wait before the next start."""
        if self.failures == 0:
            return 0.0
        return min(LONGEST_S, FIRST_S * 2.0 ** min(self.failures - 1, 10))

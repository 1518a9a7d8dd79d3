"""Removes sessions that nobody can use any more, with their refresh tokens: run by the scheduler."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from application.identity.ports import ExpiredSessions
from application.shared.chores import Chore
from application.shared.ports import Clock

# long enough to look into what happened to a session, and far longer than a used token's grace
KEPT_AFTER_END: Final = timedelta(days=7)
_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class PurgeSessions(Chore):
    """What expired more than a week ago goes, a batch per transaction, so that no lock is held for long."""

    expired: ExpiredSessions
    clock: Clock

    async def __call__(self) -> int:
        """Return how many sessions and tokens were removed."""
        before = self.clock.now() - KEPT_AFTER_END
        total = 0
        while removed := await self.expired.purge(before, _BATCH):
            total += removed
        return total

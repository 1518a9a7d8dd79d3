"""Remembers for a few seconds which sessions are live, so that not every request asks the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import final

from adapters.identity.memory import RecentlyUsed
from application.identity.ports import SessionCheck, Standing
from domain.shared.ids import OrganisationId, SessionId

LONGEST = timedelta(seconds=5)
_CAPACITY = 10_000


@final
class CachedSessionCheck(SessionCheck):
    """An answer is at most 5 s old, counted from before the question was asked; so long a revocation may take."""

    def __init__(self, source: SessionCheck) -> None:
        self._source = source
        self._known: RecentlyUsed[tuple[int, int], tuple[datetime, Standing | None]] = RecentlyUsed(_CAPACITY)

    async def standing(self, organisation_id: OrganisationId, session_id: SessionId, now: datetime) -> Standing | None:
        """Return the session's standing."""
        # identifiers are compared in Python, their numbers are not
        key = (organisation_id.int, session_id.int)
        known = self._known.get(key)
        # an entry from the future belongs to a clock that was set back: who knows how old it is
        if known is not None and timedelta(0) <= now - known[0] < LONGEST:
            return known[1]
        standing = await self._source.standing(organisation_id, session_id, now)
        self._known.put(key, (now, standing))
        return standing

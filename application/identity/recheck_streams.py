"""Looks again at who is behind connections that are open: sessions end, and roles change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from application.identity.streams import LiveSessions, StreamPass
from application.shared.ports import Clock
from domain.shared.ids import SessionId


@dataclass(frozen=True, slots=True)
class RecheckStreams:
    """One question for however many connections; raises Unavailable if it cannot be answered now."""

    sessions: LiveSessions
    clock: Clock

    async def __call__(self, passes: Collection[StreamPass]) -> Mapping[SessionId, StreamPass]:
        """Return the passes that are still good, by session, with what each may do now."""
        now = self.clock.now()
        standings = await self.sessions.standings({each.actor.session_id for each in passes}, now)
        good: dict[SessionId, StreamPass] = {}
        for each in passes:
            standing = standings.get(each.actor.session_id)
            if standing is not None and each.expires_at > now and each.actor.scopes <= standing.scopes:
                good[each.actor.session_id] = each
        return good

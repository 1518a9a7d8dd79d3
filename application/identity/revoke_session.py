"""Ends one of the user's sessions, wherever it is."""

from __future__ import annotations

from dataclasses import dataclass

from application.identity.ports import IdentityUnits
from application.shared.ports import Clock
from domain.identity.session import EndReason
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound
from domain.shared.ids import SessionId


@dataclass(frozen=True, slots=True)
class RevokeSession:
    """Raises NotFound for a session that is not the user's, never was or has ended: the three look the same."""

    units: IdentityUnits
    clock: Clock

    async def __call__(self, actor: Actor, session_id: SessionId) -> None:
        """End the session; its access token is refused within 5 s."""
        actor.require(Scope.PROFILE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            session = await unit.sessions.get(session_id)
            if session.user_id != actor.user_id or not session.is_live(now):
                raise NotFound("session", session_id)
            session.end(EndReason.REVOKED, now)
            await unit.sessions.save(session)
            await unit.commit()

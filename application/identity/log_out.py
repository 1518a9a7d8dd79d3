"""Ends the session in hand."""

from __future__ import annotations

from dataclasses import dataclass

from application.identity.ports import IdentityUnits
from application.shared.ports import Clock
from domain.identity.session import EndReason
from domain.shared.access import Actor


@dataclass(frozen=True, slots=True)
class LogOut:
    """Its refresh token is worthless at once, its access token within 5 s. Doing it twice changes nothing."""

    units: IdentityUnits
    clock: Clock

    async def __call__(self, actor: Actor) -> None:
        """End the actor's session."""
        async with self.units(actor.organisation_id) as unit:
            session = await unit.sessions.get(actor.session_id)
            session.end(EndReason.LOGGED_OUT, self.clock.now())
            await unit.sessions.save(session)
            await unit.commit()

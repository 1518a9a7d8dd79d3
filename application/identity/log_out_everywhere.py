"""Ends all sessions of a user, the one in hand too."""

from __future__ import annotations

from dataclasses import dataclass

from application.identity.ports import IdentityUnits
from application.shared.ports import Clock
from domain.identity.session import EndReason
from domain.shared.access import Actor


@dataclass(frozen=True, slots=True)
class LogOutEverywhere:
    """Every refresh token of the user is worthless at once, every access token within 5 s."""

    units: IdentityUnits
    clock: Clock

    async def __call__(self, actor: Actor) -> int:
        """Return how many sessions were ended."""
        async with self.units(actor.organisation_id) as unit:
            # the user's lock lets a sign-in that is under way finish first, and be ended too
            user = await unit.users.get(actor.user_id)
            ended = await unit.sessions.end_all(user.id, EndReason.LOGGED_OUT_EVERYWHERE, self.clock.now())
            await unit.commit()
        return ended

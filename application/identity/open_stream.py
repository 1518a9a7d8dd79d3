"""Opens a connection that stays open, or renews it, for an access token."""

from __future__ import annotations

from dataclasses import dataclass

from application.identity.ports import AccessTokenVerifier, SessionCheck
from application.identity.streams import StreamPass, admit
from application.shared.ports import Clock
from domain.identity.secrets import AccessToken


@dataclass(frozen=True, slots=True)
class OpenStream:
    """Raises Unauthenticated as `Authenticate` does, and tells until when the token is good."""

    verifier: AccessTokenVerifier
    sessions: SessionCheck
    clock: Clock

    async def __call__(self, token: AccessToken) -> StreamPass:
        """Return the pass."""
        now = self.clock.now()
        claims = self.verifier.verify(token, now)
        return admit(claims, await self.sessions.standing(claims.organisation_id, claims.session_id, now))

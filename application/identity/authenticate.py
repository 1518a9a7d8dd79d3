"""Turns the token of a request into the actor behind it: called once per request, by every transport."""

from __future__ import annotations

from dataclasses import dataclass

from application.identity.ports import AccessTokenVerifier, SessionCheck
from application.shared.ports import Clock
from domain.identity.secrets import AccessToken
from domain.shared.access import Actor
from domain.shared.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class Authenticate:
    """The actor has the scopes that its token carries and its role still grants.

    Raises Unauthenticated for a token that is not ours or is out of date and for a session that has ended
    (known within 5 s), Unavailable when the session cannot be checked.
    """

    verifier: AccessTokenVerifier
    sessions: SessionCheck
    clock: Clock

    async def __call__(self, token: AccessToken) -> Actor:
        """Return who acts; the token's text is what follows `Bearer`."""
        now = self.clock.now()
        claims = self.verifier.verify(token, now)
        standing = await self.sessions.standing(claims.organisation_id, claims.session_id, now)
        if standing is None or standing.user_id != claims.user_id:
            raise Unauthenticated("This session has ended; sign in again.")
        return Actor(
            user_id=claims.user_id,
            organisation_id=claims.organisation_id,
            session_id=claims.session_id,
            scopes=claims.scopes & standing.scopes,
        )

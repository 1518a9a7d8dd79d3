"""Exchanges a refresh token for its child and a new access token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from application.identity.ports import (
    AccessTokenIssuer,
    Entropy,
    IdentityUnitOfWork,
    IdentityUnits,
    SignInDirectory,
    TokenOwner,
)
from application.identity.signed_in import SignedIn, signed_in
from application.shared.ports import Clock
from domain.identity.events import RefreshTokenReused
from domain.identity.organisation import Role, scopes_of
from domain.identity.secrets import RefreshToken
from domain.identity.session import EndReason, Expired, Lifetimes, Reused, Rotate, SameChild, Session, present
from domain.shared.errors import NotFound, Unauthenticated


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """A token is good once; within the grace after that it gives the same child, and later it ends its session.

    Raises Unauthenticated, always with the same words, for a token that is unknown, expired or used.
    """

    units: IdentityUnits
    directory: SignInDirectory
    entropy: Entropy
    issuer: AccessTokenIssuer
    lifetimes: Lifetimes
    clock: Clock

    async def __call__(self, text: str) -> SignedIn:
        """Return the next tokens; `text` is the refresh token as the client holds it."""
        arrived_at = self.clock.now()
        presented = RefreshToken.parse(text)
        owner = None if presented is None else await self.directory.owner(presented.digest())
        if presented is None or owner is None:
            raise _refused()
        async with self.units(owner.organisation_id) as unit:
            answer = await self._exchange(unit, owner, presented, arrived_at)
            await unit.commit()
        if answer is None:
            raise _refused()
        return answer

    async def _exchange(
        self, unit: IdentityUnitOfWork, owner: TokenOwner, presented: RefreshToken, arrived_at: datetime
    ) -> SignedIn | None:
        """Take the token's step under the session's lock; None when it is refused."""
        try:
            session = await unit.sessions.get(owner.session_id)
        except NotFound:
            return None
        token = await unit.sessions.token(presented.digest())
        role = await unit.users.role(session.user_id)
        now = self.clock.now()
        if token is None or role is None:
            return None
        # what counts is when the token came in: the wait for the lock does not eat into the grace
        decision = present(session, token, arrived_at)
        match decision:
            case Rotate():
                nonce = self.entropy.bits()
                child = presented.child(nonce)
                session.touch(now, self.lifetimes)
                await unit.sessions.rotate(token.use(now, nonce), session.token(child.digest()))
                await unit.sessions.save(session)
                return self._answer(session, role, child, session.idle_at, now)
            case SameChild(nonce=nonce, used_at=used_at):
                expires_at = session.idle_from(used_at, self.lifetimes)
                return self._answer(session, role, presented.child(nonce), expires_at, now)
            case Reused():
                session.end(EndReason.TOKEN_REUSED, now)
                await unit.sessions.save(session)
                await unit.outbox.add(
                    [
                        RefreshTokenReused(
                            organisation_id=session.organisation_id,
                            user_id=session.user_id,
                            session_id=session.id,
                        )
                    ]
                )
                return None
            case Expired():
                return None

    def _answer(
        self, session: Session, role: Role, token: RefreshToken, expires_at: datetime, now: datetime
    ) -> SignedIn:
        return signed_in(
            self.issuer,
            session,
            scopes_of(role),
            token,
            refresh_expires_at=expires_at,
            lifetimes=self.lifetimes,
            now=now,
        )


def _refused() -> Unauthenticated:
    return Unauthenticated("This refresh token is not good any more; sign in again.")

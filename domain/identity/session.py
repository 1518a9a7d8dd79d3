"""Sessions: a family of refresh tokens, each the child of the one before.

A token is used once. Whoever uses it gets its child; using it again within `GRACE` gives the same child (a reply was
lost, two tabs raced), and later means that two parties hold the family, so it ends. `present` is the whole rule and a
pure function of the family, the token and the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from domain.shared.ids import OrganisationId, SessionId, UserId

GRACE: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long tokens live: access for minutes, refresh until idle too long, a session at most `absolute`."""

    access: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(days=7)
    absolute: timedelta = timedelta(days=30)


class EndReason(StrEnum):
    """Why a session was ended before its time."""

    LOGGED_OUT = "logged_out"
    LOGGED_OUT_EVERYWHERE = "logged_out_everywhere"
    REVOKED = "revoked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a reason
    TOKEN_REUSED = "token_reused"  # noqa: S105 - the name of a reason
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the client said of itself at sign-in, shown to the user to tell sessions apart."""

    address: str | None
    agent: str | None


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """One sign-in, until it is ended, idle too long or `expires_at`."""

    id: SessionId
    organisation_id: OrganisationId
    user_id: UserId
    client: Client
    created_at: datetime
    last_used_at: datetime
    idle_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    version: int = 1

    def is_live(self, now: datetime) -> bool:
        """Whether it can still be refreshed."""
        return self.ended_at is None and now < min(self.idle_at, self.expires_at)

    @classmethod
    def start(
        cls,
        *,
        id: SessionId,
        organisation_id: OrganisationId,
        user_id: UserId,
        client: Client,
        lifetimes: Lifetimes,
        now: datetime,
    ) -> Session:
        """Begin a session now."""
        expires_at = now + lifetimes.absolute
        return cls(
            id=id,
            organisation_id=organisation_id,
            user_id=user_id,
            client=client,
            created_at=now,
            last_used_at=now,
            idle_at=min(now + lifetimes.idle, expires_at),
            expires_at=expires_at,
        )

    def token(self, digest: bytes) -> TokenRecord:
        """Return the record of a new refresh token: it is good as long as the session may be idle."""
        return TokenRecord(digest=digest, session_id=self.id, expires_at=self.idle_at)

    def idle_from(self, used_at: datetime, lifetimes: Lifetimes) -> datetime:
        """Return when a session last used then becomes idle."""
        return min(used_at + lifetimes.idle, self.expires_at)

    def touch(self, now: datetime, lifetimes: Lifetimes) -> None:
        """Note that it was used now."""
        self.last_used_at = now
        self.idle_at = self.idle_from(now, lifetimes)

    def end(self, reason: EndReason, now: datetime) -> None:
        """End it for good; the first reason stays."""
        if self.ended_at is None:
            self.ended_at = now
            self.end_reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """What is stored of a refresh token. `nonce` is chosen when it is used and determines its child."""

    digest: bytes
    session_id: SessionId
    expires_at: datetime
    used_at: datetime | None = None
    nonce: bytes | None = None

    def use(self, now: datetime, nonce: bytes) -> TokenRecord:
        """Return the record as it is after use."""
        return replace(self, used_at=now, nonce=nonce)


@dataclass(frozen=True, slots=True)
class Rotate:
    """The token is good: mark it used and hand out its child."""


@dataclass(frozen=True, slots=True)
class SameChild:
    """The token was used a moment ago: hand out the same child again."""

    nonce: bytes
    used_at: datetime


@dataclass(frozen=True, slots=True)
class Reused:
    """The token was used before and another party holds its child: end the family."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The session has ended or the token is too old: nothing to do but sign in again."""


Decision: TypeAlias = Rotate | SameChild | Reused | Expired


def present(session: Session, token: TokenRecord, now: datetime) -> Decision:
    """Decide what a refresh token is worth now; changes nothing."""
    if session.ended_at is not None or now >= session.expires_at:
        return Expired()
    if token.used_at is None or token.nonce is None:
        return Expired() if now >= token.expires_at else Rotate()
    if now - token.used_at <= GRACE:
        return SameChild(token.nonce, token.used_at)
    return Reused()

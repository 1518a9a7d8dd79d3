"""What identity needs from the outside: stores built with their tenant, hashes, tokens, randomness, limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from application.identity.views import ProfileView, SessionView
from application.shared.pages import Page, PageRequest
from application.shared.ports import UnitOfWork
from domain.identity.email import EmailAddress
from domain.identity.organisation import Membership, Organisation, Role
from domain.identity.secrets import AccessToken, Password
from domain.identity.session import EndReason, Session, TokenRecord
from domain.identity.user import User
from domain.shared.access import Actor, Scope
from domain.shared.ids import OrganisationId, SessionId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What an access token says."""

    user_id: UserId
    organisation_id: OrganisationId
    session_id: SessionId
    scopes: frozenset[Scope]
    issued_at: datetime
    expires_at: datetime


class AccessTokenIssuer(Protocol):
    """Signs access tokens."""

    def issue(self, claims: Claims) -> AccessToken:
        """Return the signed token; its times are in whole seconds."""
        ...


class AccessTokenVerifier(Protocol):
    """Reads access tokens that we signed."""

    def verify(self, token: AccessToken, now: datetime) -> Claims:
        """Return what the token says; raise Unauthenticated unless it is ours, whole and in date."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What a live session may do now."""

    user_id: UserId
    scopes: frozenset[Scope]


class SessionCheck(Protocol):
    """Knows which sessions are live."""

    async def standing(self, organisation_id: OrganisationId, session_id: SessionId, now: datetime) -> Standing | None:
        """Return the session's standing, at most 5 s old; None when it or its user has ended or never was."""
        ...


class PasswordHasher(Protocol):
    """Hashes passwords slowly. Raises Unavailable when more are waiting than can be served soon."""

    async def hash(self, password: Password) -> str:
        """Return a salted hash that names its own parameters."""
        ...

    async def verify(self, password: Password, stored: str | None) -> bool:
        """Whether the hash was made of the password. With None it works as long and says no."""
        ...

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than are used now."""
        ...


class Entropy(Protocol):
    """Gives random bits that nobody can foresee."""

    def bits(self) -> bytes:
        """Return 32 new random bytes."""
        ...


class SignInThrottle(Protocol):
    """Slows down whoever guesses passwords, and never shuts out for good whose account is guessed at."""

    def admit(self, account: str, source: str, now: datetime) -> None:
        """Count an attempt on the account (known or not) from the source, or raise TooManyAttempts."""
        ...

    def withdraw(self, account: str, source: str, now: datetime) -> None:
        """Take back an attempt that was never looked at."""
        ...

    def succeeded(self, account: str, source: str, now: datetime) -> None:
        """Take back the attempt and remember that the account's owner signs in from this source."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What sign-in needs of a user before the tenant is known."""

    user_id: UserId
    organisation_id: OrganisationId
    password_hash: str

    def __repr__(self) -> str:
        return f"Credentials(user_id={self.user_id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOwner:
    """Where a refresh token belongs."""

    organisation_id: OrganisationId
    session_id: SessionId


class SignInDirectory(Protocol):
    """The only look-ups across organisations: who signs in is not known before."""

    async def credentials(self, email: EmailAddress) -> Credentials | None:
        """Return the credentials of the user with this address."""
        ...

    async def owner(self, digest: bytes) -> TokenOwner | None:
        """Return where the refresh token with this digest belongs."""
        ...


class UserStore(Protocol):
    """Users of one organisation. What is read is locked until the transaction ends."""

    async def add(self, organisation: Organisation, user: User, membership: Membership) -> bool:
        """Store a new user with their organisation and membership; False, storing nothing, if the address is taken."""
        ...

    async def get(self, user_id: UserId) -> User:
        """Return the user; raise NotFound."""
        ...

    async def save(self, user: User) -> None:
        """Store what has changed and count up the version; raise VersionConflict."""
        ...

    async def role(self, user_id: UserId) -> Role | None:
        """Return the user's role in the organisation, without a lock; None for who is disabled or no member."""
        ...


class SessionStore(Protocol):
    """Sessions of one organisation and their refresh tokens. What is read is locked until the transaction ends."""

    async def add(self, session: Session, token: TokenRecord) -> None:
        """Store a new session with its first refresh token."""
        ...

    async def get(self, session_id: SessionId) -> Session:
        """Return the session; raise NotFound."""
        ...

    async def save(self, session: Session) -> None:
        """Store what has changed and count up the version; raise VersionConflict."""
        ...

    async def token(self, digest: bytes) -> TokenRecord | None:
        """Return the refresh token with this digest."""
        ...

    async def rotate(self, used: TokenRecord, child: TokenRecord) -> None:
        """Store that the token was used and its child."""
        ...

    async def end_all(self, user_id: UserId, reason: EndReason, now: datetime, *, but: SessionId | None = None) -> int:
        """End the user's sessions, except `but`; return how many were ended."""
        ...


class IdentityUnitOfWork(UnitOfWork, Protocol):
    """One transaction on one organisation's people and sessions."""

    @property
    def users(self) -> UserStore:
        """The organisation's users."""
        ...

    @property
    def sessions(self) -> SessionStore:
        """The organisation's sessions."""
        ...


class IdentityUnits(Protocol):
    """Opens units of work."""

    def __call__(self, organisation_id: OrganisationId, /) -> IdentityUnitOfWork:
        """Return a unit of work for the organisation."""
        ...


class IdentityQueries(Protocol):
    """Reads for the user themselves."""

    async def profile(self, actor: Actor) -> ProfileView:
        """Return the actor's profile; raise NotFound when the user is gone."""
        ...

    async def sessions(self, actor: Actor, page: PageRequest) -> Page[SessionView]:
        """Return the actor's live sessions, newest first; raise Invalid for a cursor that is not one."""
        ...


class ExpiredSessions(Protocol):
    """Removes what nobody can use any more, in all organisations."""

    async def purge(self, before: datetime, limit: int) -> int:
        """Remove at most `limit` sessions and `limit` tokens that expired before the instant; return how many."""
        ...

"""Identity's ports in memory. The contract suites hold these fakes and PostgreSQL to the same promises."""

from __future__ import annotations

import asyncio
import copy
import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import Self, final

from application.identity.ports import (
    AccessTokenIssuer,
    AccessTokenVerifier,
    Claims,
    Credentials,
    Entropy,
    ExpiredSessions,
    IdentityUnitOfWork,
    IdentityUnits,
    PasswordHasher,
    SessionCheck,
    SessionStore,
    SignInDirectory,
    SignInThrottle,
    Standing,
    TokenOwner,
    UserStore,
)
from domain.identity.email import EmailAddress
from domain.identity.organisation import Membership, Organisation, Role, scopes_of
from domain.identity.secrets import AccessToken, Password
from domain.identity.session import EndReason, Session, TokenRecord
from domain.identity.user import User
from domain.shared.errors import NotFound, Unauthenticated, Unavailable, VersionConflict
from domain.shared.ids import OrganisationId, SessionId, UserId
from tests.fakes.platform import FakeOutbox, FakeUnitOfWork


@dataclass(slots=True)
class People:
    """Everything that is stored, of all organisations."""

    organisations: dict[OrganisationId, Organisation] = field(default_factory=dict)
    users: dict[UserId, User] = field(default_factory=dict)
    memberships: dict[tuple[OrganisationId, UserId], Membership] = field(default_factory=dict)
    sessions: dict[SessionId, Session] = field(default_factory=dict)
    tokens: dict[bytes, TokenRecord] = field(default_factory=dict)


@final
class FakeIdentity:
    """The memory that the fakes share."""

    def __init__(self) -> None:
        self.people = People()
        self.outbox = FakeOutbox()
        self.lock = asyncio.Lock()


@final
class FakeUserStore(UserStore):
    """One organisation's users."""

    def __init__(self, people: People, organisation_id: OrganisationId) -> None:
        self._people = people
        self._organisation_id = organisation_id

    async def add(self, organisation: Organisation, user: User, membership: Membership) -> bool:
        """Store all three unless the address is taken."""
        if any(other.email == user.email for other in self._people.users.values()):
            return False
        self._people.organisations[organisation.id] = organisation
        self._people.users[user.id] = copy.copy(user)
        self._people.memberships[organisation.id, user.id] = membership
        return True

    async def get(self, user_id: UserId) -> User:
        """Return a copy of the user."""
        user = self._people.users.get(user_id)
        if user is None or user.organisation_id != self._organisation_id:
            raise NotFound("user", user_id)
        return copy.copy(user)

    async def save(self, user: User) -> None:
        """Store the user if nobody else did meanwhile."""
        if (await self.get(user.id)).version != user.version:
            raise VersionConflict("profile", expected=user.version)
        user.version += 1
        self._people.users[user.id] = copy.copy(user)

    async def role(self, user_id: UserId) -> Role | None:
        """Return the role of a user who is not disabled."""
        membership = self._people.memberships.get((self._organisation_id, user_id))
        return None if membership is None or self._people.users[user_id].is_disabled else membership.role


@final
class FakeSessionStore(SessionStore):
    """One organisation's sessions."""

    def __init__(self, people: People, organisation_id: OrganisationId) -> None:
        self._people = people
        self._organisation_id = organisation_id

    async def add(self, session: Session, token: TokenRecord) -> None:
        """Store both."""
        self._people.sessions[session.id] = copy.copy(session)
        self._people.tokens[token.digest] = token

    async def get(self, session_id: SessionId) -> Session:
        """Return a copy of the session."""
        session = self._people.sessions.get(session_id)
        if session is None or session.organisation_id != self._organisation_id:
            raise NotFound("session", session_id)
        return copy.copy(session)

    async def save(self, session: Session) -> None:
        """Store the session if nobody else did meanwhile."""
        if (await self.get(session.id)).version != session.version:
            raise VersionConflict("session", expected=session.version)
        session.version += 1
        self._people.sessions[session.id] = copy.copy(session)

    async def token(self, digest: bytes) -> TokenRecord | None:
        """Return the token with this digest."""
        token = self._people.tokens.get(digest)
        if token is None or self._people.sessions[token.session_id].organisation_id != self._organisation_id:
            return None
        return token

    async def rotate(self, used: TokenRecord, child: TokenRecord) -> None:
        """Store both."""
        self._people.tokens[used.digest] = used
        self._people.tokens[child.digest] = child

    async def end_all(self, user_id: UserId, reason: EndReason, now: datetime, *, but: SessionId | None = None) -> int:
        """End the user's live sessions."""
        ended = 0
        for session in self._people.sessions.values():
            is_theirs = session.user_id == user_id and session.organisation_id == self._organisation_id
            if is_theirs and session.id != but and session.is_live(now):
                session.end(reason, now)
                session.version += 1
                ended += 1
        return ended


@final
class FakeIdentityUnitOfWork(FakeUnitOfWork, IdentityUnitOfWork):
    """Works on a copy of the memory, which a commit puts in its place; units take turns."""

    def __init__(self, memory: FakeIdentity, organisation_id: OrganisationId) -> None:
        super().__init__(memory.outbox)
        self._memory = memory
        self._organisation_id = organisation_id
        self._copy = People()

    @property
    def users(self) -> UserStore:
        """The organisation's users."""
        return FakeUserStore(self._copy, self._organisation_id)

    @property
    def sessions(self) -> SessionStore:
        """The organisation's sessions."""
        return FakeSessionStore(self._copy, self._organisation_id)

    async def __aenter__(self) -> Self:
        """Begin when no other unit is at work."""
        await self._memory.lock.acquire()
        self._copy = copy.deepcopy(self._memory.people)
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End."""
        await super().__aexit__(kind, error, trace)
        self._memory.lock.release()

    async def commit(self) -> None:
        """Put the copy in place."""
        await super().commit()
        self._memory.people = self._copy


@final
class FakeIdentityUnits(IdentityUnits):
    """Opens units of work on one memory."""

    def __init__(self, memory: FakeIdentity) -> None:
        self._memory = memory

    def __call__(self, organisation_id: OrganisationId, /) -> IdentityUnitOfWork:
        """Return a unit of work for the organisation."""
        return FakeIdentityUnitOfWork(self._memory, organisation_id)


@final
class FakeSignInDirectory(SignInDirectory):
    """Looks through the memory."""

    def __init__(self, memory: FakeIdentity) -> None:
        self._memory = memory

    async def credentials(self, email: EmailAddress) -> Credentials | None:
        """Return the credentials of the user with this address."""
        for user in self._memory.people.users.values():
            if user.email == email:
                return Credentials(
                    user_id=user.id, organisation_id=user.organisation_id, password_hash=user.password_hash
                )
        return None

    async def owner(self, digest: bytes) -> TokenOwner | None:
        """Return where the refresh token with this digest belongs."""
        token = self._memory.people.tokens.get(digest)
        if token is None:
            return None
        session = self._memory.people.sessions[token.session_id]
        return TokenOwner(organisation_id=session.organisation_id, session_id=session.id)


@final
class FakeSessionCheck(SessionCheck):
    """Looks into the memory, and counts how often."""

    def __init__(self, memory: FakeIdentity) -> None:
        self._memory = memory
        self.asked = 0
        self.is_away = False

    async def standing(self, organisation_id: OrganisationId, session_id: SessionId, now: datetime) -> Standing | None:
        """Return the session's standing."""
        self.asked += 1
        if self.is_away:
            raise Unavailable("The database is away for the moment; try again in a few seconds.")
        people = self._memory.people
        session = people.sessions.get(session_id)
        if session is None or session.organisation_id != organisation_id or not session.is_live(now):
            return None
        membership = people.memberships.get((organisation_id, session.user_id))
        if membership is None or people.users[session.user_id].is_disabled:
            return None
        return Standing(session.user_id, scopes_of(membership.role))


@final
class FakeExpiredSessions(ExpiredSessions):
    """Forgets what has expired."""

    def __init__(self, memory: FakeIdentity) -> None:
        self._memory = memory

    async def purge(self, before: datetime, limit: int) -> int:
        """Forget at most `limit` tokens and `limit` sessions."""
        people = self._memory.people
        tokens = [digest for digest, token in people.tokens.items() if token.expires_at < before][:limit]
        for digest in tokens:
            del people.tokens[digest]
        sessions = [key for key, session in people.sessions.items() if session.idle_at < before][:limit]
        for session_id in sessions:
            del people.sessions[session_id]
        return len(tokens) + len(sessions)


@final
class FakeHasher(PasswordHasher):
    """Hashes at once, and counts: nobody's password costs as many hashes as somebody's."""

    def __init__(self) -> None:
        self.parameters = "1"
        self.hashed = 0
        self.verified = 0

    async def hash(self, password: Password) -> str:
        """Return something that only this password gives."""
        self.hashed += 1
        return self._make(self.parameters, password)

    async def verify(self, password: Password, stored: str | None) -> bool:
        """Whether the hash was made of the password."""
        self.verified += 1
        return stored is not None and stored == self._make(stored.partition(":")[0], password)

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made under other parameters."""
        return stored.partition(":")[0] != self.parameters

    @staticmethod
    def _make(parameters: str, password: Password) -> str:
        return f"{parameters}:{hashlib.sha256(password.reveal().encode()).hexdigest()}"


@final
class FakeEntropy(Entropy):
    """Counts, so that each answer is new and every run is the same."""

    def __init__(self) -> None:
        self._count = 0

    def bits(self) -> bytes:
        """Return 32 bytes never given before."""
        self._count += 1
        return hashlib.sha256(self._count.to_bytes(8)).digest()


@final
class FakeTokens(AccessTokenIssuer, AccessTokenVerifier):
    """Remembers what each token says."""

    def __init__(self) -> None:
        self._issued: dict[str, Claims] = {}

    def issue(self, claims: Claims) -> AccessToken:
        """Return a token that stands for the claims."""
        text = f"token-{len(self._issued)}"
        self._issued[text] = replace(claims)
        return AccessToken(text)

    def verify(self, token: AccessToken, now: datetime) -> Claims:
        """Return what the token stands for."""
        claims = self._issued.get(token.reveal())
        if claims is None or now >= claims.expires_at:
            raise Unauthenticated("This access token is not valid; sign in again.")
        return claims


@final
class FakeThrottle(SignInThrottle):
    """Lets everybody through and remembers who came."""

    def __init__(self) -> None:
        self.failures: dict[tuple[str, str], int] = {}

    def admit(self, account: str, source: str, now: datetime) -> None:
        """Count the attempt."""
        del now
        self.failures[account, source] = self.failures.get((account, source), 0) + 1

    def withdraw(self, account: str, source: str, now: datetime) -> None:
        """Take it back."""
        del now
        self.failures[account, source] -= 1

    def succeeded(self, account: str, source: str, now: datetime) -> None:
        """Forget the failures."""
        del now
        self.failures[account, source] = 0

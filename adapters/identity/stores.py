"""Users and sessions on PostgreSQL. Each store is built with its organisation and filters by it in every statement."""

from __future__ import annotations

from datetime import datetime
from typing import final

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.identity.rows import SessionRow, TokenRow, UserRow, session_values, user_values
from adapters.identity.tables import memberships, organisations, refresh_tokens, sessions, users
from application.identity.ports import SessionStore, UserStore
from domain.identity.organisation import Membership, Organisation, Role
from domain.identity.session import EndReason, Session, TokenRecord
from domain.identity.user import User
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import OrganisationId, SessionId, UserId


@final
class SqlUserStore(UserStore):
    """One organisation's users."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation_id = organisation_id

    async def add(self, organisation: Organisation, user: User, membership: Membership) -> bool:
        """Store all three; when the address is taken the caller leaves without commit, which undoes the first."""
        own = {"organisation_id": self._organisation_id}
        await self._connection.execute(
            insert(organisations).values(**own, name=organisation.name, created_at=organisation.created_at)
        )
        added = await self._connection.execute(
            upsert(users)
            .values(
                **own,
                id=user.id,
                email=user.email.text,
                created_at=user.created_at,
                version=user.version,
                **user_values(user),
            )
            .on_conflict_do_nothing(index_elements=[users.c.email])
            .returning(users.c.id)
        )
        if added.first() is None:
            return False
        await self._connection.execute(
            insert(memberships).values(
                **own, user_id=membership.user_id, role=membership.role, created_at=membership.created_at
            )
        )
        return True

    async def get(self, user_id: UserId) -> User:
        """Return the user, locked; sign-in and password changes of one user thereby take turns."""
        found = await self._connection.execute(
            select(users)
            .where(users.c.organisation_id == self._organisation_id, users.c.id == user_id)
            .with_for_update(key_share=True)
        )
        row = found.mappings().first()
        if row is None:
            raise NotFound("user", user_id)
        return msgspec.convert(row, UserRow).to_user()

    async def save(self, user: User) -> None:
        """Store what has changed."""
        saved = await self._connection.execute(
            update(users)
            .where(
                users.c.organisation_id == self._organisation_id,
                users.c.id == user.id,
                users.c.version == user.version,
            )
            .values(**user_values(user), version=user.version + 1)
        )
        if saved.rowcount == 0:
            raise VersionConflict("profile", expected=user.version)
        user.version += 1

    async def role(self, user_id: UserId) -> Role | None:
        """Return the role of a user who is not disabled."""
        found = await self._connection.execute(
            select(memberships.c.role)
            .join(users, (users.c.organisation_id == memberships.c.organisation_id) & (users.c.id == user_id))
            .where(
                memberships.c.organisation_id == self._organisation_id,
                memberships.c.user_id == user_id,
                users.c.disabled_at.is_(None),
            )
        )
        role: object = found.scalar_one_or_none()
        return None if role is None else msgspec.convert(role, Role)


@final
class SqlSessionStore(SessionStore):
    """One organisation's sessions."""

    def __init__(self, connection: AsyncConnection, organisation_id: OrganisationId) -> None:
        self._connection = connection
        self._organisation_id = organisation_id

    async def add(self, session: Session, token: TokenRecord) -> None:
        """Store a new session with its first token."""
        await self._connection.execute(
            insert(sessions).values(
                organisation_id=self._organisation_id,
                id=session.id,
                user_id=session.user_id,
                client_address=session.client.address,
                client_agent=session.client.agent,
                created_at=session.created_at,
                expires_at=session.expires_at,
                version=session.version,
                **session_values(session),
            )
        )
        await self._add_token(token)

    async def get(self, session_id: SessionId) -> Session:
        """Return the session, locked; parallel refreshes of one family thereby take turns."""
        found = await self._connection.execute(
            select(sessions)
            .where(sessions.c.organisation_id == self._organisation_id, sessions.c.id == session_id)
            .with_for_update(key_share=True)
        )
        row = found.mappings().first()
        if row is None:
            raise NotFound("session", session_id)
        return msgspec.convert(row, SessionRow).to_session()

    async def save(self, session: Session) -> None:
        """Store what has changed."""
        saved = await self._connection.execute(
            update(sessions)
            .where(
                sessions.c.organisation_id == self._organisation_id,
                sessions.c.id == session.id,
                sessions.c.version == session.version,
            )
            .values(**session_values(session), version=session.version + 1)
        )
        if saved.rowcount == 0:
            raise VersionConflict("session", expected=session.version)
        session.version += 1

    async def token(self, digest: bytes) -> TokenRecord | None:
        """Return the token with this digest."""
        found = await self._connection.execute(
            select(refresh_tokens).where(
                refresh_tokens.c.organisation_id == self._organisation_id, refresh_tokens.c.digest == digest
            )
        )
        row = found.mappings().first()
        return None if row is None else msgspec.convert(row, TokenRow).to_record()

    async def rotate(self, used: TokenRecord, child: TokenRecord) -> None:
        """Store the use and the child."""
        await self._connection.execute(
            update(refresh_tokens)
            .where(refresh_tokens.c.organisation_id == self._organisation_id, refresh_tokens.c.digest == used.digest)
            .values(used_at=used.used_at, nonce=used.nonce)
        )
        await self._add_token(child)

    async def end_all(self, user_id: UserId, reason: EndReason, now: datetime, *, but: SessionId | None = None) -> int:
        """End the user's sessions in one statement; those that have run out anyway are left alone."""
        statement = (
            update(sessions)
            .where(
                sessions.c.organisation_id == self._organisation_id,
                sessions.c.user_id == user_id,
                sessions.c.ended_at.is_(None),
                sessions.c.idle_at > now,
            )
            .values(ended_at=now, end_reason=reason, version=sessions.c.version + 1)
        )
        if but is not None:
            statement = statement.where(sessions.c.id != but)
        ended = await self._connection.execute(statement)
        return ended.rowcount

    async def _add_token(self, token: TokenRecord) -> None:
        await self._connection.execute(
            insert(refresh_tokens).values(
                organisation_id=self._organisation_id,
                digest=token.digest,
                session_id=token.session_id,
                expires_at=token.expires_at,
                used_at=token.used_at,
                nonce=token.nonce,
            )
        )

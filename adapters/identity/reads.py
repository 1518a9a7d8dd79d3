"""What identity reads from PostgreSQL outside a unit of work: sign-in look-ups, session checks, views, the purge."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, final
from uuid import UUID

import msgspec
from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.identity.rows import SessionRow, UserRow
from adapters.identity.tables import refresh_tokens, sessions, users
from adapters.platform.database.single import read_single
from adapters.platform.database.transaction import Tenant, begin, read
from application.identity.ports import (
    Credentials,
    ExpiredSessions,
    IdentityQueries,
    SessionCheck,
    SignInDirectory,
    Standing,
    TokenOwner,
)
from application.identity.streams import LiveSessions
from application.identity.views import ProfileView, SessionView
from application.shared.pages import Page, PageRequest
from application.shared.ports import Clock
from domain.identity.email import EmailAddress
from domain.identity.organisation import Role, scopes_of
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid, NotFound
from domain.shared.ids import OrganisationId, SessionId, UserId

_AUTHENTICATE = Tenant(purpose="authenticate")
_HOUSEKEEPING = Tenant(purpose="housekeeping")
_STREAMS = Tenant(purpose="streams")
_STANDING: Final = (
    "SELECT s.user_id, m.role FROM sessions s "
    "JOIN memberships m ON m.organisation_id = s.organisation_id AND m.user_id = s.user_id "
    "JOIN users u ON u.organisation_id = s.organisation_id AND u.id = s.user_id "
    "WHERE s.organisation_id = :organisation AND s.id = :session AND s.ended_at IS NULL AND s.idle_at > :now "
    "AND u.disabled_at IS NULL"
)
_LIVE = text(
    """
    SELECT s.id, s.user_id, m.role FROM sessions s
    JOIN memberships m ON m.organisation_id = s.organisation_id AND m.user_id = s.user_id
    JOIN users u ON u.organisation_id = s.organisation_id AND u.id = s.user_id
    WHERE s.id = ANY(:sessions) AND s.ended_at IS NULL AND s.idle_at > :now AND u.disabled_at IS NULL
    """
)


@final
class SqlSignInDirectory(SignInDirectory):
    """Finds credentials and refresh tokens whose organisation is not known yet."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def credentials(self, email: EmailAddress) -> Credentials | None:
        """Return the credentials of the user with this address."""
        async with read(self._engine, _AUTHENTICATE) as connection:
            found = await connection.execute(
                select(users.c.id.label("user_id"), users.c.organisation_id, users.c.password_hash).where(
                    users.c.email == email.text
                )
            )
            row = found.mappings().first()
        return None if row is None else msgspec.convert(row, Credentials)

    async def owner(self, digest: bytes) -> TokenOwner | None:
        """Return where the refresh token with this digest belongs."""
        async with read(self._engine, _AUTHENTICATE) as connection:
            found = await connection.execute(
                select(refresh_tokens.c.organisation_id, refresh_tokens.c.session_id).where(
                    refresh_tokens.c.digest == digest
                )
            )
            row = found.mappings().first()
        return None if row is None else msgspec.convert(row, TokenOwner)


@final
class SqlSessionCheck(SessionCheck):
    """Reads the session, its user and their role as they are now."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def standing(self, organisation_id: OrganisationId, session_id: SessionId, now: datetime) -> Standing | None:
        """Return the session's standing; None when it or its user has ended or never was."""
        asked = {"organisation": organisation_id, "session": session_id, "now": now}
        for user_id, role in await read_single(self._engine, Tenant(organisation_id), _STANDING, asked):
            return Standing(UserId(user_id), scopes_of(Role(role)))
        return None


class _LiveRow(msgspec.Struct, frozen=True):
    id: SessionId
    user_id: UserId
    role: Role


@final
class SqlLiveSessions(LiveSessions):
    """Reads many sessions, their users and roles in one look."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def standings(self, sessions: Collection[SessionId], now: datetime) -> Mapping[SessionId, Standing]:
        """Return the standing of each that has not ended and whose user has not."""
        if not sessions:
            return {}
        async with read(self._engine, _STREAMS) as connection:
            found = await connection.execute(_LIVE, {"sessions": list(sessions), "now": now})
            rows = [msgspec.convert(row, _LiveRow) for row in found.mappings()]
        return {row.id: Standing(row.user_id, scopes_of(row.role)) for row in rows}


class _ProfileRow(UserRow, frozen=True, kw_only=True):
    role: Role


_PROFILE: Final = (
    f"SELECT {', '.join(f'u.{name}' for name in UserRow.__struct_fields__)}, m.role FROM users u "  # noqa: S608 - the names are our own
    "JOIN memberships m ON m.organisation_id = u.organisation_id AND m.user_id = u.id "
    "WHERE u.organisation_id = :organisation AND u.id = :user"
)


@final
class SqlIdentityQueries(IdentityQueries):
    """A user's own views."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def profile(self, actor: Actor) -> ProfileView:
        """Return the actor's profile."""
        actor.require(Scope.PROFILE)
        asked = {"organisation": actor.organisation_id, "user": actor.user_id}
        for row in await read_single(self._engine, Tenant(actor.organisation_id), _PROFILE, asked):
            profile = msgspec.convert(dict(zip(_ProfileRow.__struct_fields__, row, strict=True)), _ProfileRow)
            return ProfileView.of(profile.to_user(), profile.role)
        raise NotFound("user", actor.user_id)

    async def sessions(self, actor: Actor, page: PageRequest) -> Page[SessionView]:
        """Return the actor's live sessions, newest first: ids are UUIDv7, so their order is that of time."""
        actor.require(Scope.PROFILE)
        statement = (
            select(sessions)
            .where(
                sessions.c.organisation_id == actor.organisation_id,
                sessions.c.user_id == actor.user_id,
                sessions.c.ended_at.is_(None),
                sessions.c.idle_at > self._clock.now(),
            )
            .order_by(sessions.c.id.desc())
            .limit(page.limit + 1)
        )
        if page.cursor is not None:
            statement = statement.where(sessions.c.id < _decode_cursor(page.cursor))
        async with read(self._engine, Tenant(actor.organisation_id)) as connection:
            found = await connection.execute(statement)
            rows = [msgspec.convert(row, SessionRow) for row in found.mappings()]
        shown = rows[: page.limit]
        next_cursor = _encode_cursor(shown[-1].id) if len(rows) > page.limit else None
        return Page([_session_view(row, actor) for row in shown], next_cursor)


def _session_view(row: SessionRow, actor: Actor) -> SessionView:
    return SessionView(
        session_id=row.id,
        address=row.client_address,
        agent=row.client_agent,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.idle_at,
        is_current=row.id == actor.session_id,
    )


def _encode_cursor(session_id: SessionId) -> str:
    return base64.urlsafe_b64encode(session_id.bytes).rstrip(b"=").decode("ascii")


def _decode_cursor(cursor: str) -> UUID:
    try:
        return UUID(bytes=base64.b64decode(cursor + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise Invalid("cursor is not the nextCursor of an earlier page.", field="cursor") from error


@final
class SqlExpiredSessions(ExpiredSessions):
    """Deletes in batches, each its own transaction; rows that are locked just now wait for the next run."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete tokens and sessions that ran out before the instant."""
        old_tokens = (
            select(refresh_tokens.c.organisation_id, refresh_tokens.c.digest)
            .where(refresh_tokens.c.expires_at < before)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        old_sessions = (
            select(sessions.c.organisation_id, sessions.c.id)
            .where(sessions.c.idle_at < before)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        async with begin(self._engine, _HOUSEKEEPING) as transaction:
            tokens = await transaction.connection.execute(
                delete(refresh_tokens).where(
                    tuple_(refresh_tokens.c.organisation_id, refresh_tokens.c.digest).in_(old_tokens)
                )
            )
            ended = await transaction.connection.execute(
                delete(sessions).where(tuple_(sessions.c.organisation_id, sessions.c.id).in_(old_sessions))
            )
            await transaction.commit()
        return tokens.rowcount + ended.rowcount

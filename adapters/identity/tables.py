"""The tables of identity. A user's address is unique over all organisations: it is how they are found at sign-in."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from adapters.platform.database.metadata import ID, INSTANT, metadata, organisation_column

organisations = Table(
    "organisations",
    metadata,
    organisation_column(),
    Column("name", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id"),
)

users = Table(
    "users",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("email", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("display_currency", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("default_category", Text),
    Column("wants_imports", Boolean, nullable=False),
    Column("wants_alerts", Boolean, nullable=False),
    Column("wants_summaries", Boolean, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    Column("disabled_at", INSTANT),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    UniqueConstraint("email"),
    ForeignKeyConstraint(["organisation_id"], ["organisations.organisation_id"]),
)

memberships = Table(
    "memberships",
    metadata,
    organisation_column(),
    Column("user_id", ID, nullable=False),
    Column("role", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "user_id"),
    ForeignKeyConstraint(["organisation_id", "user_id"], ["users.organisation_id", "users.id"]),
    CheckConstraint("role IN ('owner', 'viewer')", name="role_known"),
)

sessions = Table(
    "sessions",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("user_id", ID, nullable=False),
    Column("client_address", Text),
    Column("client_agent", Text),
    Column("created_at", INSTANT, nullable=False),
    Column("last_used_at", INSTANT, nullable=False),
    Column("idle_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
    Column("ended_at", INSTANT),
    Column("end_reason", Text),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    ForeignKeyConstraint(["organisation_id", "user_id"], ["memberships.organisation_id", "memberships.user_id"]),
    CheckConstraint("idle_at <= expires_at", name="idle_before_expiry"),
)
Index("ix_sessions_user", sessions.c.organisation_id, sessions.c.user_id, sessions.c.id)
Index("ix_sessions_idle_at", sessions.c.idle_at)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    organisation_column(),
    Column("digest", LargeBinary, nullable=False),
    Column("session_id", ID, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
    Column("used_at", INSTANT),
    Column("nonce", LargeBinary),
    PrimaryKeyConstraint("organisation_id", "digest"),
    ForeignKeyConstraint(
        ["organisation_id", "session_id"], ["sessions.organisation_id", "sessions.id"], ondelete="CASCADE"
    ),
    CheckConstraint("(used_at IS NULL) = (nonce IS NULL)", name="used_with_nonce"),
)
Index("ix_refresh_tokens_session", refresh_tokens.c.organisation_id, refresh_tokens.c.session_id)
# A token comes in without its organisation.
Index("ix_refresh_tokens_digest", refresh_tokens.c.digest)
Index("ix_refresh_tokens_expires_at", refresh_tokens.c.expires_at)

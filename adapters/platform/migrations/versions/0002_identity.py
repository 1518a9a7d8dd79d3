"""People: organisations, users, memberships, sessions and their refresh tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.metadata import ID, INSTANT
from adapters.platform.database.rls import secure

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of identity."""
    _create_people()
    _create_sessions()
    secure(op, "organisations")
    # sign-in knows an address and not yet an organisation; a refresh knows a token and not yet an organisation
    secure(op, "users", purposes=("authenticate",))
    secure(op, "memberships")
    secure(op, "sessions", purposes=("housekeeping",), grants="SELECT, INSERT, UPDATE, DELETE")
    secure(op, "refresh_tokens", purposes=("authenticate", "housekeeping"), grants="SELECT, INSERT, UPDATE, DELETE")


def _create_people() -> None:
    op.create_table(
        "organisations",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_organisations"),
    )
    op.create_table(
        "users",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("display_currency", sa.Text, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("default_category", sa.Text),
        sa.Column("wants_imports", sa.Boolean, nullable=False),
        sa.Column("wants_alerts", sa.Boolean, nullable=False),
        sa.Column("wants_summaries", sa.Boolean, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_users_organisation_id_organisations"
        ),
    )
    op.create_table(
        "memberships",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", name="pk_memberships"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "user_id"],
            ["users.organisation_id", "users.id"],
            name="fk_memberships_organisation_id_user_id_users",
        ),
        sa.CheckConstraint("role IN ('owner', 'viewer')", name=op.f("ck_memberships_role_known")),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("client_address", sa.Text),
        sa.Column("client_agent", sa.Text),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=False),
        sa.Column("idle_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("end_reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "user_id"],
            ["memberships.organisation_id", "memberships.user_id"],
            name="fk_sessions_organisation_id_user_id_memberships",
        ),
        sa.CheckConstraint("idle_at <= expires_at", name=op.f("ck_sessions_idle_before_expiry")),
    )
    op.create_index("ix_sessions_user", "sessions", ["organisation_id", "user_id", "id"])
    op.create_index("ix_sessions_idle_at", "sessions", ["idle_at"])
    op.create_table(
        "refresh_tokens",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.Column("nonce", sa.LargeBinary),
        sa.PrimaryKeyConstraint("organisation_id", "digest", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "session_id"],
            ["sessions.organisation_id", "sessions.id"],
            name="fk_refresh_tokens_organisation_id_session_id_sessions",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("(used_at IS NULL) = (nonce IS NULL)", name=op.f("ck_refresh_tokens_used_with_nonce")),
    )
    op.create_index("ix_refresh_tokens_session", "refresh_tokens", ["organisation_id", "session_id"])
    op.create_index("ix_refresh_tokens_digest", "refresh_tokens", ["digest"])
    op.create_index("ix_refresh_tokens_expires_at", "refresh_tokens", ["expires_at"])

"""The ground: the app role's way in, the outbox and the idempotency keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.platform.database.engine import APP_ROLE
from adapters.platform.database.metadata import ID, INSTANT
from adapters.platform.database.rls import secure

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create what every capability stands on."""
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
    op.create_table(
        "outbox",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("payload", postgresql.JSONB, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.text("now()")),
        sa.Column("available_at", INSTANT, nullable=False, server_default=sa.text("now()")),
        sa.Column("rung_at", INSTANT),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("crashes", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("done_at", INSTANT),
        sa.Column("dead_at", INSTANT),
        sa.Column("last_error", sa.Text),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_id", "outbox", ["id"])
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["available_at"],
        postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index("ix_outbox_done_at", "outbox", ["done_at"], postgresql_where=sa.text("done_at IS NOT NULL"))
    secure(op, "outbox", purposes=("jobs", "housekeeping"), grants="SELECT, INSERT, UPDATE, DELETE")

    op.create_table(
        "idempotency_keys",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("headers", postgresql.JSONB, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False, server_default=sa.text("now()")),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", "route", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"])
    secure(op, "idempotency_keys", purposes=("housekeeping",), grants="SELECT, INSERT, UPDATE, DELETE")

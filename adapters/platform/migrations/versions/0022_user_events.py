"""What users are told of their own; and whether many sessions of any organisations are live, in one look."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from adapters.platform.database.metadata import ID, INSTANT
from adapters.platform.database.rls import reopen, secure

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Nobody was told anything so far."""
    op.create_table(
        "user_event_heads",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", name="pk_user_event_heads"),
    )
    op.create_table(
        "user_events",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False, server_default=sa.text("now()")),
        sa.Column("data", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", "sequence", name="pk_user_events"),
    )
    op.create_index("ix_user_events_at", "user_events", ["at"])
    secure(op, "user_event_heads", purposes=("streams",))
    secure(op, "user_events", purposes=("housekeeping",), grants="SELECT, INSERT, DELETE")
    reopen(op, "users", purposes=("authenticate", "housekeeping", "streams"))
    reopen(op, "memberships", purposes=("streams",))
    reopen(op, "sessions", purposes=("housekeeping", "streams"))

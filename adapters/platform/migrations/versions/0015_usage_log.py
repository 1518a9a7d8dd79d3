"""The log of who called what, and the trace that an event is part of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.metadata import ID, INSTANT
from adapters.platform.database.rls import secure

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Nothing was logged so far; events that wait are part of no trace."""
    op.add_column("outbox", sa.Column("traceparent", sa.Text))
    op.create_table(
        "usage_log",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("called_at", INSTANT, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("address_hash", sa.Text),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_usage_log"),
    )
    op.create_index("ix_usage_log_user", "usage_log", ["organisation_id", "user_id", "id"])
    op.create_index("ix_usage_log_called_at", "usage_log", ["called_at"])
    secure(op, "usage_log", purposes=("usage", "housekeeping"), grants="SELECT, INSERT, DELETE")

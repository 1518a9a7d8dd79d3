"""The record of what was done at times of the clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.engine import APP_ROLE
from adapters.platform.database.metadata import INSTANT

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Nothing was done so far; entries begin to count when a scheduler first sees them."""
    op.create_table(
        "schedule_slots",
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("slot", sa.DateTime(timezone=False), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
        sa.Column("dealt_with", sa.Integer),
        sa.PrimaryKeyConstraint("entry", "slot", name="pk_schedule_slots"),
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON schedule_slots TO {APP_ROLE}")

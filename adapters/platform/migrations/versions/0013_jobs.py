"""Events as jobs that their owner can see: who has them in hand, how far they are, what they are about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.metadata import ID, INSTANT

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    """What waits keeps waiting; jobs of imports learn which import they are about."""
    op.add_column("outbox", sa.Column("priority", sa.SmallInteger, nullable=False, server_default=sa.text("2")))
    op.add_column("outbox", sa.Column("subject_id", ID))
    op.add_column("outbox", sa.Column("epoch", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("outbox", sa.Column("leased_until", INSTANT))
    op.add_column("outbox", sa.Column("started_at", INSTANT))
    op.add_column("outbox", sa.Column("progress_done", sa.BigInteger))
    op.add_column("outbox", sa.Column("progress_total", sa.BigInteger))
    op.add_column("outbox", sa.Column("cancelled_at", INSTANT))
    # row security binds the owner of the table as well
    op.execute("SELECT set_config('app.purpose', 'jobs', true)")
    op.execute("UPDATE outbox SET subject_id = (payload ->> 'import_id')::uuid WHERE payload ? 'import_id'")
    op.execute("SELECT set_config('app.purpose', '', true)")
    op.drop_index("ix_outbox_open", "outbox")
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["priority", "available_at"],
        postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_subject",
        "outbox",
        ["organisation_id", "subject_id", "id"],
        postgresql_where=sa.text("subject_id IS NOT NULL"),
    )

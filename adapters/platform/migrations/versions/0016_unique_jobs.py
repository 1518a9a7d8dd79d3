"""Events that are kept once for their key, where work of several steps goes on, and positions that were mended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.metadata import INSTANT
from adapters.platform.database.rls import reopen

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Events so far have no key; housekeeping may look at imports and users, and remove files."""
    op.add_column("outbox", sa.Column("unique_key", sa.Text))
    op.add_column("outbox", sa.Column("place", sa.Text))
    op.create_index(
        "uq_outbox_unique_key",
        "outbox",
        ["organisation_id", "name", "unique_key"],
        unique=True,
        postgresql_where=sa.text("unique_key IS NOT NULL"),
    )
    op.add_column("positions", sa.Column("mended_at", INSTANT))
    reopen(op, "users", purposes=("authenticate", "housekeeping"))
    reopen(op, "imports", purposes=("housekeeping",))
    reopen(op, "import_files", purposes=("housekeeping",))

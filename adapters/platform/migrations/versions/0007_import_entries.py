"""Rows of imports hold entries of any kind, several to a line; what is read may be a transcript of what came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.rls import of_everyone

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Name the columns after what they hold now; what is there already is fills, one to a line."""
    for old, new in (
        ("fill", "entry"),
        ("executed_at", "occurred_at"),
        ("trade_id", "record_id"),
        ("duplicate_trade_id", "duplicate_record_id"),
    ):
        op.alter_column("import_rows", old, new_column_name=new)
    op.add_column("import_rows", sa.Column("kind", sa.Text))
    op.add_column("import_rows", sa.Column("part", sa.Integer, nullable=False, server_default="1"))
    op.alter_column("import_rows", "part", server_default=None)
    with of_everyone(op, "import_rows"):
        op.execute("UPDATE import_rows SET kind = 'fill' WHERE entry IS NOT NULL")
    op.drop_constraint("uq_import_rows_organisation_id_import_id_line", "import_rows")
    op.create_unique_constraint(
        "uq_import_rows_organisation_id_import_id_line_part",
        "import_rows",
        ["organisation_id", "import_id", "line", "part"],
    )
    op.add_column("imports", sa.Column("content_size", sa.BigInteger))
    with of_everyone(op, "imports"):
        op.execute("UPDATE imports SET content_size = file_size")
    op.alter_column("imports", "content_size", nullable=False)

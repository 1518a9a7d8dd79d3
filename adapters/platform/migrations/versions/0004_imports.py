"""Imports: their files, their rows, and saved column mappings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.platform.database.metadata import ID, INSTANT
from adapters.platform.database.rls import secure

revision = "0004"
down_revision = "0003"

_ALL = "SELECT, INSERT, UPDATE, DELETE"


def upgrade() -> None:
    """Create the tables of imports."""
    _create_imports()
    _create_files()
    _create_rows()
    _create_mappings()
    secure(op, "imports")
    secure(op, "import_files", grants=_ALL)
    secure(op, "import_rows", grants=_ALL)
    secure(op, "import_mappings", grants=_ALL)


def _create_imports() -> None:
    op.create_table(
        "imports",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text),
        sa.Column("file_size", sa.BigInteger, nullable=False),
        sa.Column("file_sha256", sa.Text, nullable=False),
        sa.Column("layout", postgresql.JSONB),
        sa.Column("format", sa.Text),
        sa.Column("mapping_id", ID),
        sa.Column("mapping", postgresql.JSONB),
        sa.Column("place", postgresql.JSONB, nullable=False),
        sa.Column("counts", postgresql.JSONB, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_imports"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["accounts.organisation_id", "accounts.id"],
            name="fk_imports_organisation_id_account_id_accounts",
        ),
    )
    op.create_index("ix_imports_account", "imports", ["organisation_id", "account_id", "id"])


def _create_files() -> None:
    op.create_table(
        "import_files",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "import_id", "ordinal", name="pk_import_files"),
        _of_import("import_files"),
    )
    # text of this size is stored out of line; compressing it would cost more than its short life is worth
    op.execute("ALTER TABLE import_files ALTER COLUMN content SET STORAGE EXTERNAL")


def _create_rows() -> None:
    op.create_table(
        "import_rows",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("fill", postgresql.JSONB),
        sa.Column("executed_at", INSTANT),
        sa.Column("sequence", sa.BigInteger),
        sa.Column("file_key", sa.Text(collation="C")),
        sa.Column("account_key", sa.Text(collation="C")),
        sa.Column("content_hash", sa.Text),
        sa.Column("problem_column", sa.Text),
        sa.Column("problem_reason", sa.Text),
        sa.Column("trade_id", ID),
        sa.Column("duplicate_trade_id", ID),
        sa.Column("duplicate_import_id", ID),
        sa.Column("duplicate_line", sa.Integer),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_import_rows"),
        sa.UniqueConstraint(
            "organisation_id", "import_id", "line", name="uq_import_rows_organisation_id_import_id_line"
        ),
        _of_import("import_rows"),
    )
    op.create_index("ix_import_rows_file_key", "import_rows", ["organisation_id", "file_key"])
    op.create_index(
        "ix_import_rows_account_key",
        "import_rows",
        ["organisation_id", "account_key"],
        postgresql_where=sa.text("verdict = 'imported'"),
    )
    op.create_index(
        "ix_import_rows_ready",
        "import_rows",
        ["organisation_id", "import_id", "executed_at", "sequence", "line"],
        postgresql_where=sa.text("verdict = 'ready'"),
    )
    # finds a fill that somebody entered by hand before its file came
    op.create_index(
        "ix_trades_broker_trade",
        "trades",
        ["organisation_id", "broker_trade_id"],
        postgresql_where=sa.text("broker_trade_id IS NOT NULL AND voided_at IS NULL"),
    )


def _create_mappings() -> None:
    op.create_table(
        "import_mappings",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("mapping", postgresql.JSONB, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_import_mappings"),
        sa.UniqueConstraint("organisation_id", "name", name="uq_import_mappings_organisation_id_name"),
    )


def _of_import(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", "import_id"],
        ["imports.organisation_id", "imports.id"],
        name=f"fk_{table}_organisation_id_import_id_imports",
    )

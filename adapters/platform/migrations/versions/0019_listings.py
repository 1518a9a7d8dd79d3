"""The directory of what is traded where, searched by trigrams."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.platform.database.engine import APP_ROLE

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create the table; the extension comes with PostgreSQL, and who may create tables may create it."""
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "listings",
        sa.Column("asset_class", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("exchange", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("currency", sa.Text),
        sa.Column("isin", sa.Text),
        sa.Column("figi", sa.Text),
        sa.Column("provider_symbols", postgresql.JSONB, nullable=False),
        sa.Column("delisted_on", sa.Date),
        sa.Column("renamed_to", sa.Text),
        sa.Column("told_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("asset_class", "symbol", "exchange", name="pk_listings"),
    )
    op.create_check_constraint(
        "asset_class_known",
        "listings",
        "asset_class IN ('stock', 'fund', 'index', 'crypto', 'currency', 'future')",
    )
    op.create_index("ix_listings_symbol", "listings", ["symbol"])
    for column in ("isin", "figi"):
        op.create_index(
            f"ix_listings_{column}", "listings", [column], postgresql_where=sa.text(f"{column} IS NOT NULL")
        )
    for name, column in (("ix_listings_names", "name"), ("ix_listings_symbols", "symbol")):
        op.create_index(name, "listings", [column], postgresql_using="gin", postgresql_ops={column: "gin_trgm_ops"})
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON listings TO {APP_ROLE}")

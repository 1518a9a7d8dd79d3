"""Bars as they were traded, what was done to their units since, and which of them are there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.engine import APP_ROLE
from adapters.platform.database.metadata import EXACT_NUMBER, INSTANT, not_nan

revision = "0020"
down_revision = "0019"

# parts by year, in a schema of their own: nobody addresses them, and the app's role may not even
_FIRST, _LAST = 2000, 2040


def upgrade() -> None:
    """Nothing was kept so far."""
    op.create_table(
        "bar_series",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("ticker", sa.Text, nullable=False),
        sa.Column("interval", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("delay_s", sa.Integer),
        sa.Column("is_simulated", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bar_series"),
        sa.UniqueConstraint("ticker", "interval", "provider", name="uq_bar_series_ticker"),
    )
    op.create_table(
        "bar_factors",
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("new_units", sa.BigInteger, nullable=False),
        sa.Column("old_units", sa.BigInteger, nullable=False),
        sa.Column("amount", EXACT_NUMBER, nullable=False),
        sa.Column("share", EXACT_NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "day", name="pk_bar_factors"),
        *not_nan("amount", "share"),
    )
    op.create_table(
        "bars",
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("open", EXACT_NUMBER, nullable=False),
        sa.Column("high", EXACT_NUMBER, nullable=False),
        sa.Column("low", EXACT_NUMBER, nullable=False),
        sa.Column("close", EXACT_NUMBER, nullable=False),
        sa.Column("volume", EXACT_NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "start", name="pk_bars"),
        *not_nan("open", "high", "low", "close", "volume"),
        postgresql_partition_by="RANGE (start)",
    )
    op.execute("CREATE SCHEMA bar_parts")
    bounds = ["MINVALUE", *(f"'{year}-01-01Z'" for year in range(_FIRST, _LAST + 1)), "MAXVALUE"]
    names = [f"before_{_FIRST}", *(f"of_{year}" for year in range(_FIRST, _LAST)), f"from_{_LAST}"]
    for name, first, end in zip(names, bounds[:-1], bounds[1:], strict=True):
        op.execute(f"CREATE TABLE bar_parts.{name} PARTITION OF bars FOR VALUES FROM ({first}) TO ({end})")
    for table in ("bar_series", "bar_factors", "bars"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP_ROLE}")

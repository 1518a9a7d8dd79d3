"""The tables of bars: of no organisation, since the market is the same for all.

Bars are unadjusted. They lie in parts by year, which migrations lay out: the app's role owns nothing and could not.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from adapters.platform.database.metadata import EXACT_NUMBER, INSTANT, metadata, not_nan

bar_series = Table(
    "bar_series",
    metadata,
    # drawn by the store: a sequence would be something that a backup of rows does not hold
    Column("id", Integer, nullable=False, autoincrement=False),
    Column("ticker", Text, nullable=False),
    Column("interval", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("since", INSTANT, nullable=False),
    Column("until", INSTANT, nullable=False),
    Column("checked_at", INSTANT, nullable=False),
    Column("as_of", INSTANT, nullable=False),
    Column("delay_s", Integer),
    Column("is_simulated", Boolean, nullable=False),
    PrimaryKeyConstraint("id"),
    UniqueConstraint("ticker", "interval", "provider", name="uq_bar_series_ticker"),
)

bar_factors = Table(
    "bar_factors",
    metadata,
    Column("series_id", Integer, nullable=False),
    Column("day", Date, nullable=False),
    Column("new_units", BigInteger, nullable=False),
    Column("old_units", BigInteger, nullable=False),
    Column("amount", EXACT_NUMBER, nullable=False),
    Column("share", EXACT_NUMBER, nullable=False),
    PrimaryKeyConstraint("series_id", "day"),
    *not_nan("amount", "share"),
)

bars = Table(
    "bars",
    metadata,
    Column("series_id", Integer, nullable=False),
    Column("start", INSTANT, nullable=False),
    Column("open", EXACT_NUMBER, nullable=False),
    Column("high", EXACT_NUMBER, nullable=False),
    Column("low", EXACT_NUMBER, nullable=False),
    Column("close", EXACT_NUMBER, nullable=False),
    Column("volume", EXACT_NUMBER, nullable=False),
    PrimaryKeyConstraint("series_id", "start"),
    *not_nan("open", "high", "low", "close", "volume"),
    postgresql_partition_by="RANGE (start)",
)

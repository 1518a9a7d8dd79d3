"""The table of listings: of no organisation, as what is listed is the same for everybody."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, PrimaryKeyConstraint, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from adapters.platform.database.metadata import metadata

listings = Table(
    "listings",
    metadata,
    Column("asset_class", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    # empty for what trades on none
    Column("exchange", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("currency", Text),
    Column("isin", Text),
    Column("figi", Text),
    # what providers call it, by provider
    Column("provider_symbols", JSONB, nullable=False),
    Column("delisted_on", Date),
    # the ticker it has gone by since, as its text
    Column("renamed_to", Text),
    # who told of it last
    Column("told_by", Text, nullable=False),
    PrimaryKeyConstraint("asset_class", "symbol", "exchange"),
    CheckConstraint(
        "asset_class IN ('stock', 'fund', 'index', 'crypto', 'currency', 'future')", name="asset_class_known"
    ),
    Index("ix_listings_symbol", "symbol"),
    Index("ix_listings_isin", "isin", postgresql_where=text("isin IS NOT NULL")),
    Index("ix_listings_figi", "figi", postgresql_where=text("figi IS NOT NULL")),
    Index("ix_listings_names", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}),
    Index("ix_listings_symbols", "symbol", postgresql_using="gin", postgresql_ops={"symbol": "gin_trgm_ops"}),
)

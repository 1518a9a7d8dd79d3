"""The tables of movements of cash."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from adapters.platform.database.metadata import ID, INSTANT, NUMBER, metadata, not_nan, organisation_column

cash_movements = Table(
    "cash_movements",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("account_id", ID, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", NUMBER, nullable=False),
    Column("tax", NUMBER, nullable=False),
    # the amount less the tax, negative if cash went out: what balances add up
    Column("net", NUMBER, nullable=False),
    Column("currency", Text, nullable=False),
    Column("occurred_at", INSTANT, nullable=False),
    Column("value_date", Date),
    Column("instrument_id", ID),
    Column("reinvested_in", ID),
    Column("counterpart_id", ID),
    Column("notes", Text),
    Column("source_key", Text),
    Column("import_id", ID),
    Column("version", Integer, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    Column("voided_at", INSTANT),
    Column("void_reason", Text),
    PrimaryKeyConstraint("organisation_id", "id"),
    ForeignKeyConstraint(["organisation_id", "account_id"], ["accounts.organisation_id", "accounts.id"]),
    ForeignKeyConstraint(["organisation_id", "instrument_id"], ["instruments.organisation_id", "instruments.id"]),
    ForeignKeyConstraint(["organisation_id", "reinvested_in"], ["trades.organisation_id", "trades.id"]),
    ForeignKeyConstraint(
        ["organisation_id", "counterpart_id"], ["cash_movements.organisation_id", "cash_movements.id"]
    ),
    *not_nan("amount", "tax", "net"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("tax >= 0 AND tax <= amount", name="tax_within"),
    CheckConstraint("abs(net) = amount - tax", name="net_of_tax"),
    Index("ix_cash_movements_occurred", "organisation_id", "occurred_at", "id"),
    Index(
        "ix_cash_movements_balance",
        "organisation_id",
        "account_id",
        "currency",
        "occurred_at",
        "id",
        postgresql_where=text("voided_at IS NULL"),
    ),
    Index(
        "ix_cash_movements_import",
        "organisation_id",
        "import_id",
        "id",
        postgresql_where=text("import_id IS NOT NULL"),
    ),
    Index(
        "uq_cash_movements_source_key",
        "organisation_id",
        "account_id",
        "source_key",
        unique=True,
        postgresql_where=text("source_key IS NOT NULL"),
    ),
)

# what a movement was before each change, as with trades
cash_movement_versions = Table(
    "cash_movement_versions",
    metadata,
    organisation_column(),
    Column("cash_movement_id", ID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("snapshot", JSONB, nullable=False),
    Column("replaced_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "cash_movement_id", "version"),
    ForeignKeyConstraint(
        ["organisation_id", "cash_movement_id"],
        ["cash_movements.organisation_id", "cash_movements.id"],
        # the name by the convention is longer than PostgreSQL keeps
        name="fk_cash_movement_versions_movement",
    ),
)

"""The tables of transfers."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from adapters.platform.database.metadata import (
    EXACT_NUMBER,
    ID,
    INSTANT,
    NUMBER,
    metadata,
    not_nan,
    organisation_column,
)

transfers = Table(
    "transfers",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("from_account_id", ID, nullable=False),
    Column("to_account_id", ID, nullable=False),
    Column("instrument_id", ID, nullable=False),
    Column("quantity", NUMBER, nullable=False),
    Column("transferred_at", INSTANT, nullable=False),
    Column("lot_selection", JSONB),
    Column("notes", Text),
    Column("import_id", ID),
    Column("out_key", Text),
    Column("out_import_id", ID),
    Column("in_key", Text),
    Column("in_import_id", ID),
    Column("version", Integer, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    Column("voided_at", INSTANT),
    Column("void_reason", Text),
    PrimaryKeyConstraint("organisation_id", "id"),
    ForeignKeyConstraint(["organisation_id", "instrument_id"], ["instruments.organisation_id", "instruments.id"]),
    ForeignKeyConstraint(["organisation_id", "from_account_id"], ["accounts.organisation_id", "accounts.id"]),
    ForeignKeyConstraint(["organisation_id", "to_account_id"], ["accounts.organisation_id", "accounts.id"]),
    *not_nan("quantity"),
    Index(
        "ix_transfers_instrument",
        "organisation_id",
        "instrument_id",
        "transferred_at",
        postgresql_where=text("voided_at IS NULL"),
    ),
    Index("ix_transfers_transferred", "organisation_id", "transferred_at", "id"),
    Index(
        "uq_transfers_out_key",
        "organisation_id",
        "from_account_id",
        "out_key",
        unique=True,
        postgresql_where=text("out_key IS NOT NULL"),
    ),
    Index(
        "uq_transfers_in_key",
        "organisation_id",
        "to_account_id",
        "in_key",
        unique=True,
        postgresql_where=text("in_key IS NOT NULL"),
    ),
)

# what a transfer was before each change, as with trades
transfer_versions = Table(
    "transfer_versions",
    metadata,
    organisation_column(),
    Column("transfer_id", ID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("snapshot", JSONB, nullable=False),
    Column("replaced_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "transfer_id", "version"),
    ForeignKeyConstraint(["organisation_id", "transfer_id"], ["transfers.organisation_id", "transfers.id"]),
)

# how much there was to move, and how much of it the cost method chose in place of lots that were named and had gone:
# follows from all that is recorded, as lots do
transfer_moves = Table(
    "transfer_moves",
    metadata,
    organisation_column(),
    Column("transfer_id", ID, nullable=False),
    Column("quantity", EXACT_NUMBER, nullable=False),
    Column("substituted", EXACT_NUMBER, nullable=False, server_default="0"),
    PrimaryKeyConstraint("organisation_id", "transfer_id"),
    ForeignKeyConstraint(["organisation_id", "transfer_id"], ["transfers.organisation_id", "transfers.id"]),
    *not_nan("quantity", "substituted"),
)

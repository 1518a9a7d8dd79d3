"""The tables of corporate actions."""

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

from adapters.platform.database.metadata import ID, INSTANT, metadata, organisation_column

_COUNTS = text("voided_at IS NULL")

corporate_actions = Table(
    "corporate_actions",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("instrument_id", ID, nullable=False),
    # none: every account that holds the instrument
    Column("account_id", ID),
    Column("into_id", ID),
    Column("kind", Text, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("effective_at", INSTANT, nullable=False),
    Column("notes", Text),
    Column("source_key", Text),
    Column("import_id", ID),
    Column("version", Integer, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("updated_at", INSTANT, nullable=False),
    Column("voided_at", INSTANT),
    Column("void_reason", Text),
    PrimaryKeyConstraint("organisation_id", "id"),
    ForeignKeyConstraint(["organisation_id", "instrument_id"], ["instruments.organisation_id", "instruments.id"]),
    ForeignKeyConstraint(["organisation_id", "into_id"], ["instruments.organisation_id", "instruments.id"]),
    ForeignKeyConstraint(["organisation_id", "account_id"], ["accounts.organisation_id", "accounts.id"]),
    Index(
        "ix_corporate_actions_instrument",
        "organisation_id",
        "instrument_id",
        "effective_at",
        postgresql_where=_COUNTS,
    ),
    Index("ix_corporate_actions_into", "organisation_id", "into_id", postgresql_where=_COUNTS),
    Index("ix_corporate_actions_effective", "organisation_id", "effective_at", "id"),
)

# what an action was before each change, as with trades
corporate_action_versions = Table(
    "corporate_action_versions",
    metadata,
    organisation_column(),
    Column("corporate_action_id", ID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("snapshot", JSONB, nullable=False),
    Column("replaced_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "corporate_action_id", "version"),
    ForeignKeyConstraint(
        ["organisation_id", "corporate_action_id"],
        ["corporate_actions.organisation_id", "corporate_actions.id"],
        # the name by the convention is longer than PostgreSQL keeps
        name="fk_corporate_action_versions_action",
    ),
)

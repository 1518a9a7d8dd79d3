"""The outbox: one row for each event that must have its effect."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from adapters.platform.database.metadata import ID, INSTANT, metadata, organisation_column

# Instants are the database's: relays and workers run on machines whose clocks differ.
outbox = Table(
    "outbox",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("name", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("created_at", INSTANT, nullable=False, server_default=text("now()")),
    Column("available_at", INSTANT, nullable=False, server_default=text("now()")),
    Column("rung_at", INSTANT),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("crashes", Integer, nullable=False, server_default=text("0")),
    Column("done_at", INSTANT),
    Column("dead_at", INSTANT),
    Column("last_error", Text),
    PrimaryKeyConstraint("organisation_id", "id"),
)

# The worker knows only the id. Not unique: a unique index without the organisation would tell of others' rows.
Index("ix_outbox_id", outbox.c.id)
Index(
    "ix_outbox_open",
    outbox.c.available_at,
    postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
)
Index("ix_outbox_done_at", outbox.c.done_at, postgresql_where=text("done_at IS NOT NULL"))

"""What users were told of their own: a sequence for each, and how far it is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from adapters.platform.database.metadata import ID, INSTANT, metadata, organisation_column

user_event_heads = Table(
    "user_event_heads",
    metadata,
    organisation_column(),
    Column("user_id", ID, nullable=False),
    # locked by whoever tells the user something until that is committed, so that nobody sees a hole
    Column("sequence", BigInteger, nullable=False),
    PrimaryKeyConstraint("organisation_id", "user_id"),
)

user_events = Table(
    "user_events",
    metadata,
    organisation_column(),
    Column("user_id", ID, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", INSTANT, nullable=False, server_default=text("now()")),
    Column("data", JSONB, nullable=False),
    PrimaryKeyConstraint("organisation_id", "user_id", "sequence"),
)

Index("ix_user_events_at", user_events.c.at)

"""The outbox: one row for each event that must have its effect."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, SmallInteger, Table, Text, text
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
    # done, cancelled (with `cancelled_at`) or, with `dead_at`, discarded: in any case over
    Column("done_at", INSTANT),
    Column("dead_at", INSTANT),
    Column("last_error", Text),
    Column("priority", SmallInteger, nullable=False, server_default=text("2")),
    # the one thing of the organisation that the event is about, such as an import
    Column("subject_id", ID),
    # Whoever takes the event raises the epoch and has it until the lease ends; only the newest epoch may commit.
    Column("epoch", Integer, nullable=False, server_default=text("0")),
    Column("leased_until", INSTANT),
    Column("started_at", INSTANT),
    Column("progress_done", BigInteger),
    Column("progress_total", BigInteger),
    # somebody asked to stop; the step in hand is finished first
    Column("cancelled_at", INSTANT),
    # of events of one name with the same key only the first is kept
    Column("unique_key", Text),
    # where the next step of its reaction begins, in words of the reaction's own
    Column("place", Text),
    # the W3C trace context of whoever caused it
    Column("traceparent", Text),
    PrimaryKeyConstraint("organisation_id", "id"),
)

# The worker knows only the id. Not unique: a unique index without the organisation would tell of others' rows.
Index("ix_outbox_id", outbox.c.id)
Index(
    "ix_outbox_open",
    outbox.c.priority,
    outbox.c.available_at,
    postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
)
Index(
    "uq_outbox_unique_key",
    outbox.c.organisation_id,
    outbox.c.name,
    outbox.c.unique_key,
    unique=True,
    postgresql_where=text("unique_key IS NOT NULL"),
)
Index("ix_outbox_done_at", outbox.c.done_at, postgresql_where=text("done_at IS NOT NULL"))
Index(
    "ix_outbox_subject",
    outbox.c.organisation_id,
    outbox.c.subject_id,
    outbox.c.id,
    postgresql_where=text("subject_id IS NOT NULL"),
)

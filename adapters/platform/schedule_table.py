"""The record of what was done at times of the clock: one row per entry and slot, of no organisation."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, PrimaryKeyConstraint, Table, Text

from adapters.platform.database.metadata import INSTANT, metadata

schedule_slots = Table(
    "schedule_slots",
    metadata,
    Column("entry", Text, nullable=False),
    # what the clock on the wall said
    Column("slot", DateTime(timezone=False), nullable=False),
    Column("due_at", INSTANT, nullable=False),
    # null where the slot was let pass
    Column("finished_at", INSTANT),
    Column("dealt_with", Integer),
    PrimaryKeyConstraint("entry", "slot"),
)

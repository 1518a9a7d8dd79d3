"""Who called what, when, and how it went: one row per call of somebody who is signed in."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, PrimaryKeyConstraint, SmallInteger, Table, Text

from adapters.platform.database.metadata import ID, INSTANT, metadata, organisation_column

usage_log = Table(
    "usage_log",
    metadata,
    organisation_column(),
    # the request's: a UUIDv7, so the order of ids is that of time
    Column("id", ID, nullable=False),
    Column("user_id", ID, nullable=False),
    Column("called_at", INSTANT, nullable=False),
    Column("method", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("seconds", Double, nullable=False),
    # a keyed hash, different for each organisation
    Column("address_hash", Text),
    PrimaryKeyConstraint("organisation_id", "id"),
)

Index("ix_usage_log_user", usage_log.c.organisation_id, usage_log.c.user_id, usage_log.c.id)
Index("ix_usage_log_called_at", usage_log.c.called_at)

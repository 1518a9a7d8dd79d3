"""Answers that were given under an idempotency key."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, PrimaryKeyConstraint, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from adapters.platform.database.metadata import ID, INSTANT, metadata, organisation_column

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    organisation_column(),
    Column("user_id", ID, nullable=False),
    Column("route", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", INSTANT, nullable=False, server_default=text("now()")),
    Column("expires_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("organisation_id", "user_id", "route", "key"),
)

Index("ix_idempotency_keys_expires_at", idempotency_keys.c.expires_at)

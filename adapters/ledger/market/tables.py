"""The tables of what the ledger takes from the market.

Prices belong to no organisation, as the market is the same for all: `market_marks` holds the newest of each ticker,
`market_closes` the last one of each day. Which instrument of an organisation goes by which ticker, and what is proposed
to it, is its own.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from adapters.platform.database.metadata import (
    EXACT_NUMBER,
    ID,
    INSTANT,
    NUMBER,
    metadata,
    not_nan,
    organisation_column,
)

STALE_AFTER: Final = "INTERVAL '4 days'"
"""How old a close may be and still be the newest there can be: over a weekend with a holiday."""

instrument_tickers = Table(
    "instrument_tickers",
    metadata,
    organisation_column(),
    Column("instrument_id", ID, nullable=False),
    Column("ticker", Text, nullable=False),
    # for which days closes, splits and dividends were looked up; null before the first time
    Column("looked_from", Date),
    Column("looked_until", INSTANT),
    PrimaryKeyConstraint("organisation_id", "instrument_id"),
    ForeignKeyConstraint(
        ["organisation_id", "instrument_id"],
        ["instruments.organisation_id", "instruments.id"],
        name="fk_instrument_tickers_instrument",
    ),
)

market_marks = Table(
    "market_marks",
    metadata,
    Column("ticker", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("price", NUMBER, nullable=False),
    Column("as_of", INSTANT, nullable=False),
    Column("provider", Text, nullable=False),
    Column("is_simulated", Boolean, nullable=False),
    Column("received_at", INSTANT, nullable=False),
    # when it is older than a price of this market should be
    Column("stale_after", INSTANT, nullable=False),
    PrimaryKeyConstraint("ticker"),
    *not_nan("price"),
)

market_closes = Table(
    "market_closes",
    metadata,
    Column("ticker", Text, nullable=False),
    # when the exchange closed, by its ordinary hours
    Column("as_of", INSTANT, nullable=False),
    Column("currency", Text, nullable=False),
    Column("price", NUMBER, nullable=False),
    Column("provider", Text, nullable=False),
    Column("is_simulated", Boolean, nullable=False),
    Column("received_at", INSTANT, nullable=False),
    PrimaryKeyConstraint("ticker", "as_of"),
    *not_nan("price"),
)

action_proposals = Table(
    "action_proposals",
    metadata,
    organisation_column(),
    Column("id", ID, nullable=False),
    Column("instrument_id", ID, nullable=False),
    Column("kind", Text, nullable=False),
    # a split is everybody's, a dividend of whoever held units
    Column("account_id", ID),
    Column("day", Date, nullable=False),
    # the exchange's midnight of the day
    Column("effective_at", INSTANT, nullable=False),
    Column("new_units", BigInteger),
    Column("old_units", BigInteger),
    Column("per_unit", NUMBER),
    Column("quantity", EXACT_NUMBER),
    Column("currency", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("is_simulated", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("decided_at", INSTANT),
    # what accepting it has made: a corporate action or a movement of cash
    Column("made_id", ID),
    PrimaryKeyConstraint("organisation_id", "id"),
    ForeignKeyConstraint(
        ["organisation_id", "instrument_id"],
        ["instruments.organisation_id", "instruments.id"],
        name="fk_action_proposals_instrument",
    ),
    ForeignKeyConstraint(
        ["organisation_id", "account_id"],
        ["accounts.organisation_id", "accounts.id"],
        name="fk_action_proposals_account",
    ),
    *not_nan("per_unit", "quantity"),
    CheckConstraint("kind IN ('split', 'dividend')", name="kind_known"),
    CheckConstraint("state IN ('open', 'accepted', 'dismissed')", name="state_known"),
    CheckConstraint("(kind = 'split') = (new_units IS NOT NULL AND old_units IS NOT NULL)", name="split_has_ratio"),
    CheckConstraint(
        "(kind = 'dividend') = (per_unit IS NOT NULL AND quantity IS NOT NULL AND account_id IS NOT NULL)",
        name="dividend_has_amount",
    ),
    CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_when_not_open"),
    # nothing is proposed twice, whatever became of it
    UniqueConstraint(
        "organisation_id",
        "instrument_id",
        "kind",
        "day",
        "account_id",
        name="uq_action_proposals_what",
        postgresql_nulls_not_distinct=True,
    ),
    Index("ix_action_proposals_open", "organisation_id", "id", postgresql_where=text("state = 'open'")),
)

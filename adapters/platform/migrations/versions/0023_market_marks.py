"""What the ledger takes from the market: which tickers instruments go by, their prices, and what is proposed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.engine import APP_ROLE
from adapters.platform.database.metadata import EXACT_NUMBER, ID, INSTANT, NUMBER, not_nan
from adapters.platform.database.rls import secure

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Nothing is taken before the first job runs."""
    op.create_table(
        "instrument_tickers",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("ticker", sa.Text, nullable=False),
        sa.Column("looked_from", sa.Date),
        sa.Column("looked_until", INSTANT),
        sa.PrimaryKeyConstraint("organisation_id", "instrument_id", name="pk_instrument_tickers"),
        _instrument("instrument_tickers"),
    )
    secure(op, "instrument_tickers")
    op.create_table(
        "market_marks",
        *_price(),
        sa.Column("stale_after", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("ticker", name="pk_market_marks"),
        *not_nan("price"),
    )
    op.create_table(
        "market_closes",
        *_price(),
        sa.PrimaryKeyConstraint("ticker", "as_of", name="pk_market_closes"),
        *not_nan("price"),
    )
    for table in ("market_marks", "market_closes"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP_ROLE}")
    _create_proposals()


def _create_proposals() -> None:
    op.create_table(
        "action_proposals",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("account_id", ID),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.Column("new_units", sa.BigInteger),
        sa.Column("old_units", sa.BigInteger),
        sa.Column("per_unit", NUMBER),
        sa.Column("quantity", EXACT_NUMBER),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("is_simulated", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("made_id", ID),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_action_proposals"),
        _instrument("action_proposals"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["accounts.organisation_id", "accounts.id"],
            name="fk_action_proposals_account",
        ),
        *not_nan("per_unit", "quantity"),
        sa.CheckConstraint("kind IN ('split', 'dividend')", name="kind_known"),
        sa.CheckConstraint("state IN ('open', 'accepted', 'dismissed')", name="state_known"),
        sa.CheckConstraint(
            "(kind = 'split') = (new_units IS NOT NULL AND old_units IS NOT NULL)", name="split_has_ratio"
        ),
        sa.CheckConstraint(
            "(kind = 'dividend') = (per_unit IS NOT NULL AND quantity IS NOT NULL AND account_id IS NOT NULL)",
            name="dividend_has_amount",
        ),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_when_not_open"),
        sa.UniqueConstraint(
            "organisation_id",
            "instrument_id",
            "kind",
            "day",
            "account_id",
            name="uq_action_proposals_what",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "ix_action_proposals_open",
        "action_proposals",
        ["organisation_id", "id"],
        postgresql_where=sa.text("state = 'open'"),
    )
    secure(op, "action_proposals")


def _price() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("ticker", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("price", NUMBER, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("is_simulated", sa.Boolean, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
    )


def _instrument(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", "instrument_id"],
        ["instruments.organisation_id", "instruments.id"],
        name=f"fk_{table}_instrument",
    )

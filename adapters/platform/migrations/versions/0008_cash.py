"""Movements of cash, with what they were before each change, and what corporate actions moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.platform.database.metadata import EXACT_NUMBER, ID, INSTANT, NUMBER
from adapters.platform.database.rls import secure

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the tables; movements are never deleted, and their versions never change."""
    _create_movements()
    _create_indexes()
    secure(op, "cash_movements")
    op.create_table(
        "cash_movement_versions",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("cash_movement_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("snapshot", postgresql.JSONB, nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "cash_movement_id", "version", name="pk_cash_movement_versions"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "cash_movement_id"],
            ["cash_movements.organisation_id", "cash_movements.id"],
            name="fk_cash_movement_versions_movement",
        ),
    )
    secure(op, "cash_movement_versions", grants="SELECT, INSERT")
    _create_event_cash()
    secure(op, "event_cash", grants="SELECT, INSERT, UPDATE, DELETE")


def _create_movements() -> None:
    op.create_table(
        "cash_movements",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("amount", NUMBER, nullable=False),
        sa.Column("tax", NUMBER, nullable=False),
        sa.Column("net", NUMBER, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("value_date", sa.Date),
        sa.Column("instrument_id", ID),
        sa.Column("reinvested_in", ID),
        sa.Column("counterpart_id", ID),
        sa.Column("notes", sa.Text),
        sa.Column("source_key", sa.Text),
        sa.Column("import_id", ID),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("voided_at", INSTANT),
        sa.Column("void_reason", sa.Text),
        *_finite("cash_movements", "amount", "tax", "net"),
        sa.CheckConstraint("amount > 0", name="ck_cash_movements_amount_positive"),
        sa.CheckConstraint("tax >= 0 AND tax <= amount", name="ck_cash_movements_tax_within"),
        sa.CheckConstraint("abs(net) = amount - tax", name="ck_cash_movements_net_of_tax"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_cash_movements"),
        _refers("account_id", "accounts"),
        _refers("instrument_id", "instruments"),
        _refers("reinvested_in", "trades"),
        _refers("counterpart_id", "cash_movements"),
    )


def _create_indexes() -> None:
    op.create_index("ix_cash_movements_occurred", "cash_movements", ["organisation_id", "occurred_at", "id"])
    op.create_index(
        "ix_cash_movements_balance",
        "cash_movements",
        ["organisation_id", "account_id", "currency", "occurred_at", "id"],
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index(
        "ix_cash_movements_import",
        "cash_movements",
        ["organisation_id", "import_id", "id"],
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.create_index(
        "uq_cash_movements_source_key",
        "cash_movements",
        ["organisation_id", "account_id", "source_key"],
        unique=True,
        postgresql_where=sa.text("source_key IS NOT NULL"),
    )


def _create_event_cash() -> None:
    op.create_table(
        "event_cash",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("amount", EXACT_NUMBER, nullable=False),
        *_finite("event_cash", "amount"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_event_cash"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id", "instrument_id"],
            ["positions.organisation_id", "positions.account_id", "positions.instrument_id"],
            name="fk_event_cash_position",
        ),
    )
    op.create_index(
        "ix_event_cash_pair", "event_cash", ["organisation_id", "account_id", "instrument_id", "occurred_at"]
    )


def _finite(table: str, *columns: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(f"{column} NOT IN ('NaN', 'Infinity', '-Infinity')", name=f"ck_{table}_{column}_finite")
        for column in columns
    ]


def _refers(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{target}.organisation_id", f"{target}.id"],
        name=f"fk_cash_movements_organisation_id_{column}_{target}",
    )

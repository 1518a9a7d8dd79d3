"""Cost methods: one per account, lots chosen by trades, and projections that carry a cost of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.platform.database.metadata import EXACT_NUMBER, ID, INSTANT
from adapters.platform.database.rls import of_everyone, secure

revision = "0005"
down_revision = "0004"

_METHODS = "'fifo', 'lifo', 'hifo', 'average', 'specific'"
_UNITS = {
    "lots": ("quantity", "left_quantity"),
    "disposals": ("quantity", "unmatched_quantity"),
    "lot_matches": ("quantity", "lot_quantity_before"),
}


def upgrade() -> None:
    """Add the settings with what held before: first in, first out, and a lot's place in line its trade's."""
    op.add_column("accounts", sa.Column("cost_method", sa.Text, nullable=False, server_default="fifo"))
    op.alter_column("accounts", "cost_method", server_default=None)
    op.create_check_constraint("cost_method_known", "accounts", f"cost_method IN ({_METHODS})")
    op.create_table(
        "account_versions",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("snapshot", postgresql.JSONB, nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "account_id", "version", name="pk_account_versions"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["accounts.organisation_id", "accounts.id"],
            name="fk_account_versions_organisation_id_account_id_accounts",
        ),
    )
    secure(op, "account_versions", grants="SELECT, INSERT")
    op.add_column("trades", sa.Column("lot_selection", postgresql.JSONB))
    _add_to_projections()


def _add_to_projections() -> None:
    for column in ("carried_in", "carried_out", "pooled_fees"):
        op.add_column("positions", sa.Column(column, EXACT_NUMBER, nullable=False, server_default="0"))
        op.alter_column("positions", column, server_default=None)
        _finite("positions", column)
    op.add_column("lots", sa.Column("sequence", sa.BigInteger, nullable=False, server_default="0"))
    op.alter_column("lots", "sequence", server_default=None)
    with of_everyone(op, "lots", "trades"):
        op.execute(
            "UPDATE lots x SET sequence = t.sequence FROM trades t "
            "WHERE t.organisation_id = x.organisation_id AND t.id = x.id AND t.sequence <> 0"
        )
    op.add_column("lots", sa.Column("basis", EXACT_NUMBER))
    op.add_column("lots", sa.Column("trade_id", ID))
    op.add_column("lots", sa.Column("event_id", ID))
    _finite("lots", "basis")
    op.create_index(
        "ix_lots_open_opened",
        "lots",
        ["organisation_id", "opened_at", "id"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.add_column("disposals", sa.Column("event_id", ID))
    op.add_column("lot_matches", sa.Column("basis_before", EXACT_NUMBER))
    _finite("lot_matches", "basis_before")
    # the units of a split, and of a pool, are bounded by no trade
    for table, columns in _UNITS.items():
        for column in columns:
            op.alter_column(table, column, type_=EXACT_NUMBER)
    # a return of capital beyond the cost closes nothing
    op.execute("ALTER TABLE lot_matches DROP CONSTRAINT ck_lot_matches_ck_lot_matches_quantity_positive")
    op.create_check_constraint("quantity_not_negative", "lot_matches", "quantity >= 0")


def _finite(table: str, column: str) -> None:
    op.create_check_constraint(f"{column}_finite", table, f"{column} NOT IN ('NaN', 'Infinity', '-Infinity')")

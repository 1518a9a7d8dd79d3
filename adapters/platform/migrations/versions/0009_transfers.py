"""Transfers of securities between accounts, with what they were before each change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.platform.database.metadata import EXACT_NUMBER, ID, INSTANT, NUMBER
from adapters.platform.database.rls import secure

revision = "0009"
down_revision = "0008"

_FINITE = "quantity NOT IN ('NaN', 'Infinity', '-Infinity')"


def upgrade() -> None:
    """Create the tables; transfers are never deleted, and their versions never change."""
    op.create_table(
        "transfers",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("from_account_id", ID, nullable=False),
        sa.Column("to_account_id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("quantity", NUMBER, nullable=False),
        sa.Column("transferred_at", INSTANT, nullable=False),
        sa.Column("lot_selection", postgresql.JSONB),
        sa.Column("notes", sa.Text),
        sa.Column("import_id", ID),
        sa.Column("out_key", sa.Text),
        sa.Column("out_import_id", ID),
        sa.Column("in_key", sa.Text),
        sa.Column("in_import_id", ID),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("voided_at", INSTANT),
        sa.Column("void_reason", sa.Text),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_transfers"),
        _refers("instrument_id", "instruments"),
        _refers("from_account_id", "accounts"),
        _refers("to_account_id", "accounts"),
    )
    op.create_check_constraint("quantity_finite", "transfers", _FINITE)
    op.create_index(
        "ix_transfers_instrument",
        "transfers",
        ["organisation_id", "instrument_id", "transferred_at"],
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index("ix_transfers_transferred", "transfers", ["organisation_id", "transferred_at", "id"])
    for side, account in (("out", "from_account_id"), ("in", "to_account_id")):
        op.create_index(
            f"uq_transfers_{side}_key",
            "transfers",
            ["organisation_id", account, f"{side}_key"],
            unique=True,
            postgresql_where=sa.text(f"{side}_key IS NOT NULL"),
        )
    secure(op, "transfers")
    _create_versions()
    _create_moves()


def _create_versions() -> None:
    op.create_table(
        "transfer_versions",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("snapshot", postgresql.JSONB, nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "transfer_id", "version", name="pk_transfer_versions"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "transfer_id"],
            ["transfers.organisation_id", "transfers.id"],
            name="fk_transfer_versions_organisation_id_transfers",
        ),
    )
    secure(op, "transfer_versions", grants="SELECT, INSERT")


def _create_moves() -> None:
    op.create_table(
        "transfer_moves",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("quantity", EXACT_NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "transfer_id", name="pk_transfer_moves"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "transfer_id"],
            ["transfers.organisation_id", "transfers.id"],
            name="fk_transfer_moves_organisation_id_transfers",
        ),
    )
    op.create_check_constraint("quantity_finite", "transfer_moves", _FINITE)
    secure(op, "transfer_moves")


def _refers(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column],
        [f"{target}.organisation_id", f"{target}.id"],
        name=f"fk_transfers_organisation_id_{column}_{target}",
    )

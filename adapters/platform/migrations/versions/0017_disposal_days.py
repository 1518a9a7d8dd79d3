"""What disposals moved on which day, as sums: profit and loss in another currency reads no disposals.

Nothing is summed up here, and the release before goes on writing disposals without it: reads see that a sum is not
theirs and add up the disposals, until the night sums every account up.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.metadata import EXACT_NUMBER, ID
from adapters.platform.database.rls import secure

revision = "0017"
down_revision = "0016"

_AMOUNTS = ("gain", "closed_basis", "opened_basis")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "disposal_days",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("disposal_count", sa.Integer, nullable=False),
        sa.Column("gain", EXACT_NUMBER, nullable=False),
        sa.Column("closed_basis", EXACT_NUMBER, nullable=False),
        sa.Column("closed_count", sa.Integer, nullable=False),
        sa.Column("opened_basis", EXACT_NUMBER, nullable=False),
        sa.Column("opened_count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name="pk_disposal_days"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["accounts.organisation_id", "accounts.id"],
            name="fk_disposal_days_organisation_id_account_id",
        ),
        *(
            sa.CheckConstraint(
                f"{column} NOT IN ('NaN', 'Infinity', '-Infinity')", name=f"ck_disposal_days_{column}_finite"
            )
            for column in _AMOUNTS
        ),
    )
    op.create_index("ix_disposal_days_account", "disposal_days", ["organisation_id", "account_id"])
    secure(op, "disposal_days", grants="SELECT, INSERT, DELETE")

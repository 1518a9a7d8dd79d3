"""Sums of days tell profit and loss of a period, and what moved tells what was not the lot that was named.

Nothing is summed up here. A release that does not write these columns leaves zeros: reads see that a sum is not that of
all disposals and add them up, until the night sums every account up; while such a release is still at work beside this
one, what it dates anew may stay on its old day until then. Transfers follow with their positions.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.metadata import EXACT_NUMBER

revision = "0024"
down_revision = "0023"

_AMOUNTS = (
    ("disposal_days", "proceeds"),
    ("disposal_days", "fees"),
    ("disposal_days", "missing_proceeds"),
    ("transfer_moves", "substituted"),
)


def upgrade() -> None:
    """Add the columns."""
    op.add_column("disposal_days", sa.Column("missing_count", sa.Integer, nullable=False, server_default="0"))
    for table, column in _AMOUNTS:
        op.add_column(table, sa.Column(column, EXACT_NUMBER, nullable=False, server_default="0"))
        name = f"ck_{table}_{column}_finite"
        finite = f"{column} NOT IN ('NaN', 'Infinity', '-Infinity')"
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({finite}) NOT VALID")

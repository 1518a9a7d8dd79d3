"""Positions hold the sums over their disposals: profit and loss of a whole ledger reads positions alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.metadata import EXACT_NUMBER
from adapters.platform.database.rls import of_everyone

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the sums, and work them out for what is there."""
    for column in ("disposed_proceeds", "disposed_cost", "disposed_fees"):
        op.add_column("positions", sa.Column(column, EXACT_NUMBER, nullable=False, server_default="0"))
        op.alter_column("positions", column, server_default=None)
        op.create_check_constraint(f"{column}_finite", "positions", f"{column} NOT IN ('NaN', 'Infinity', '-Infinity')")
    op.add_column("positions", sa.Column("missing_disposals", sa.Integer, nullable=False, server_default="0"))
    op.alter_column("positions", "missing_disposals", server_default=None)
    with of_everyone(op, "positions", "disposals"):
        op.execute(
            "UPDATE positions x SET disposed_proceeds = s.proceeds, disposed_cost = s.cost, disposed_fees = s.fees, "
            "missing_disposals = s.missing FROM (SELECT organisation_id, account_id, instrument_id, "
            "sum(proceeds - unmatched_proceeds) AS proceeds, coalesce(sum(cost), 0) AS cost, "
            "sum(matched_fees) AS fees, "
            "count(*) FILTER (WHERE unmatched_quantity > 0) AS missing FROM disposals "
            "GROUP BY organisation_id, account_id, instrument_id) s WHERE s.organisation_id = x.organisation_id "
            "AND s.account_id = x.account_id AND s.instrument_id = x.instrument_id"
        )

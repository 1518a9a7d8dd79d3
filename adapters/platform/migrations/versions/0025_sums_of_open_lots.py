"""Sums of days tell what open lots cost by the day they were opened on: figures in another currency read no lots.

Nothing is summed up here. Where a release that does not write these columns leaves zeros, reads see that a sum is not
that of all lots and add them up, until the night sums every account up; while such a release is still at work beside
this one, what it dates anew may stay on its old day until then.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.platform.database.metadata import EXACT_NUMBER

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("disposal_days", sa.Column("held_cost", EXACT_NUMBER, nullable=False, server_default="0"))
    op.add_column("disposal_days", sa.Column("held_count", sa.Integer, nullable=False, server_default="0"))
    name = "ck_disposal_days_held_cost_finite"
    finite = "held_cost NOT IN ('NaN', 'Infinity', '-Infinity')"
    op.execute(f"ALTER TABLE disposal_days ADD CONSTRAINT {name} CHECK ({finite}) NOT VALID")

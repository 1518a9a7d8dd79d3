"""The last day of an account that is settled, and what an entered price was before each entry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.platform.database.metadata import ID, INSTANT
from adapters.platform.database.rls import secure

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """No account is locked yet, and of prices entered before only the last is known."""
    op.add_column("accounts", sa.Column("locked_through", sa.Date))
    op.create_table(
        "instrument_price_versions",
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("instrument_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("snapshot", postgresql.JSONB, nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "instrument_id", "version", name="pk_instrument_price_versions"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "instrument_id"],
            ["instruments.organisation_id", "instruments.id"],
            name="fk_instrument_price_versions_instrument",
        ),
    )
    secure(op, "instrument_price_versions", grants="SELECT, INSERT")

"""The last day of an account that is settled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """No account is locked yet."""
    op.add_column("accounts", sa.Column("locked_through", sa.Date))

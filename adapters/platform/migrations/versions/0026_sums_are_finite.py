"""The sums that 0024 and 0025 added are finite in every row: looked at while everybody goes on writing."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"

_AMOUNTS = (
    ("disposal_days", "proceeds"),
    ("disposal_days", "fees"),
    ("disposal_days", "missing_proceeds"),
    ("disposal_days", "held_cost"),
    ("transfer_moves", "substituted"),
)


def upgrade() -> None:
    """Validate the constraints."""
    for table, column in _AMOUNTS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{column}_finite")

"""The one registry of tables, and the column types that all of them share."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, MetaData, Numeric, Uuid

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# What users enter: 20 digits before and 18 after the point.
NUMBER = Numeric(38, 18)
# What is computed from it: exact products and sums have more places than their factors, so no scale is set.
EXACT_NUMBER = Numeric()
INSTANT = DateTime(timezone=True)
ID = Uuid(as_uuid=True)


def organisation_column() -> Column[object]:
    """The tenant that owns the row; row-level security compares it with the transaction's organisation."""
    return Column("organisation_id", ID, nullable=False)


def not_nan(*columns: str) -> list[CheckConstraint]:
    """Checks that keep NaN and infinities out: PostgreSQL's numeric admits them and sorts NaN above all."""
    return [
        CheckConstraint(f"{column} NOT IN ('NaN', 'Infinity', '-Infinity')", name=f"{column}_finite")
        for column in columns
    ]

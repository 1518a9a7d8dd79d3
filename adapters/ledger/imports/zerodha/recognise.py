"""Tells a tradebook by its header, which the CSV writes in snake case and the workbook in title case."""

from __future__ import annotations

from collections.abc import Sequence

from domain.ledger.imports.layout import column_key

# `isin`, `series`, `auction` and `expiry_date` come and go between segments and years
_REQUIRED = frozenset(
    {
        "symbol",
        "trade_date",
        "exchange",
        "segment",
        "trade_type",
        "quantity",
        "price",
        "trade_id",
        "order_id",
        "order_execution_time",
    }
)


def recognises(columns: Sequence[str]) -> bool:
    """Tell whether all columns that every tradebook has are there."""
    return {column_key(column) for column in columns} >= _REQUIRED

"""Tells an export of trades by its header."""

from __future__ import annotations

from collections.abc import Sequence

# an export made before a column was added has all others, and these since the first
_REQUIRED = frozenset(
    {
        "tradeId",
        "accountId",
        "symbol",
        "exchange",
        "segment",
        "currency",
        "multiplier",
        "side",
        "quantity",
        "price",
        "fees.brokerage",
        "executedAt",
        "sequence",
    }
)


def recognises(columns: Sequence[str]) -> bool:
    """Tell whether all columns are there that every export of trades has."""
    return set(columns) >= _REQUIRED

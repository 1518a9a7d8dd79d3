"""Tells the feed by the columns that both layouts have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import has_header, named

REQUIRED: Final = named(
    "Title", "Type", "Timestamp", "Account Currency", "Buy / Sell", "Ticker", "ISIN", "Venue", "Order ID"
)


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether the header has them."""
    return has_header(head, REQUIRED)

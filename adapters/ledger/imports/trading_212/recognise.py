"""Tells a history by the columns that every layout has; currencies moved from their names into columns of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import has_header, named

REQUIRED: Final = named("Action", "Time", "ISIN", "Ticker", "No. of shares", "Price / share")


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether the header has them."""
    return has_header(head, REQUIRED)

"""Tells a history by its header, above which stands whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import has_header, named

REQUIRED: Final = named("Timestamp", "Transaction Type", "Asset", "Quantity Transacted", "Subtotal", "Notes")


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether the header has what all layouts have."""
    return has_header(head, REQUIRED)

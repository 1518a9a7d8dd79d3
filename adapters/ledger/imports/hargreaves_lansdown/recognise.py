"""Tells a summary by its header, above which stands whose account it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import has_header, named

REQUIRED: Final = named("Trade date", "Settle date", "Reference", "Description", "Unit cost (p)", "Quantity")


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether the header has them."""
    return has_header(head, REQUIRED)

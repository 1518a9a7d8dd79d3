"""Tells a report of all trades by its header, above which stands a title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import has_header, named

REQUIRED: Final = named(
    "Market", "Code", "Type", "Date", "Quantity", "Price *", "Brokerage *", "Currency", "Exchange Rate", "Value"
)


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether the header has them."""
    return has_header(head, REQUIRED)

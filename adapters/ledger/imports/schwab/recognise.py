"""Tells a history by its header, above which may stand a title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import has_header, named

REQUIRED: Final = named("Date", "Action", "Symbol", "Description", "Price", "Quantity", "Fees & Comm", "Amount")


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether the header has all columns of a history."""
    return has_header(head, REQUIRED)

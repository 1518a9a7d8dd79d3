"""Tells the table by its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import has_header, named

REQUIRED: Final = named("date", "action", "symbol", "quantity", "price", "fees", "currency")


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether the header has them."""
    return has_header(head, REQUIRED)

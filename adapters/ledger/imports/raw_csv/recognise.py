"""Tells the table by its columns; one that has others besides says more than this format would read of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import is_header, named

REQUIRED: Final = named("date", "action", "symbol", "quantity", "price", "fees", "currency")


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether the first record names these columns and no others."""
    return bool(head) and is_header(head[0], REQUIRED) and sum(map(bool, head[0].cells)) == len(REQUIRED)

"""Tells a history of trades by its header."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import has_header, named

REQUIRED: Final = named("txid", "ordertxid", "pair", "time", "type", "price", "cost", "fee", "vol", "margin")


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether the header has the columns of every layout."""
    return has_header(head, REQUIRED)

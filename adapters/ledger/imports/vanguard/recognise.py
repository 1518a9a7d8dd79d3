"""Tells a report by the headers of its two tables; that of cash is so common that its title must stand above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import has_header, named

CASH: Final = named("Date", "Details", "Amount", "Balance")
INVESTMENTS: Final = named("Date", "InvestmentName", "TransactionDetails", "Quantity", "Price", "Cost")
_TITLE: Final = "Cash Transactions"


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether either table is there."""
    has_title = any(record.cells[:1] == (_TITLE,) for record in head)
    return has_header(head, INVESTMENTS) or (has_title and has_header(head, CASH))

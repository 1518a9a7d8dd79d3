"""Tells the reports by their headers, which differ in the name of the first column and a few others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import has_header, named

RELEASES: Final = named("Vest Date", "Order Number", "Plan", "Type", "Status", "Price", "Net Share Proceeds")
WITHDRAWALS: Final = named("Execution Date", "Order Number", "Plan", "Type", "Order Status", "Price", "Net Amount")
WIRES: Final = named("Date", "Order Number", "Symbol", "Type", "Order Status", "Price", "Net Cash Proceeds")
REPORTS: Final = (RELEASES, WITHDRAWALS, WIRES)


def recognises(head: Sequence[Record]) -> bool:
    """Tell whether one of the headers is there."""
    return any(has_header(head, report) for report in REPORTS)

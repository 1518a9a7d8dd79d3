"""Tells which report it is, what its notice says, and reads the cells of its orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.dates import named_month
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, is_header
from adapters.ledger.imports.morgan_stanley.recognise import REPORTS, WIRES
from domain.shared.money import EXACT

# below the withdrawals: which sales are in the shares of before Alphabet's split
_NOTICE: Final = "Please note"
_SPLIT_TOLD: Final = "July 15, 2022"


@dataclass(frozen=True, slots=True)
class Report:
    """Which report it is, and whether it says that it counts shares as they were before the split."""

    columns: frozenset[str]
    is_split_told: bool


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale of shares or of cash; `net` is what was left of it."""

    row: TableRow
    day: date
    plan: str
    quantity: Decimal
    price: Decimal
    net: Decimal


def report_of(records: Sequence[Record]) -> Report:
    """Return which report the records are of."""
    columns = next((report for record in records for report in REPORTS if is_header(record, report)), WIRES)
    # the notice is no row of cells, though its commas make it one
    notices = (", ".join(record.cells) for record in records if is_notice(record))
    return Report(columns, any(_SPLIT_TOLD in notice for notice in notices))


def is_notice(record: Record) -> bool:
    """Tell whether a record is the notice."""
    return bool(record.cells) and record.cells[0].startswith(_NOTICE)


def sale_of(row: TableRow) -> SaleRow:
    """Return the sale; quantities of withdrawals are negative."""
    return SaleRow(
        row=row,
        day=named_month(row.cell("Execution Date")),
        plan=row.cell("Plan").required(),
        quantity=EXACT.abs(amount(row.cell("Quantity"))),
        price=amount(row.cell("Price")),
        net=amount(row.cell("Net Amount")),
    )

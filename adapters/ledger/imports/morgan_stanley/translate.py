"""Turns releases and withdrawals into entries.

A release is shares received at their market value. A sale's proceeds stay as cash until they are withdrawn, which the
report calls a sale of cash at 1 dollar.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.awards import in_kind
from adapters.ledger.imports.dates import named_month
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, is_header, table, translated
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.morgan_stanley.recognise import RELEASES, REPORTS, WIRES, WITHDRAWALS
from adapters.ledger.imports.totals import check_total, unit_price
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.local_time import at_noon
from domain.ledger.imports.verdict import Ignored
from domain.shared.instrument import InstrumentKey
from domain.shared.money import EXACT, ZERO, Currency, plain

_NEW_YORK: Final = ZoneInfo("America/New_York")
_DOLLAR: Final = Currency("USD")
# the plan of Alphabet's employees gives its shares of class C
_SYMBOLS: Final = {"GSU Class C": "GOOG"}
_CASH: Final = "Cash"
_NOTICE: Final = "Please note"
_SPLIT_TOLD: Final = "July 15, 2022"
# the notice below the withdrawals says so: sales to this day are in the shares of before, releases always in new ones
_SPLIT_ON: Final = date(2022, 7, 15)
_SPLIT: Final = Decimal(20)
_MOST_CHARGED: Final = Decimal("0.05")
_MOST_ANYWAY: Final = Decimal(50)
_WIRED: Final = Ignored("A wire of what a sale brought; the report of withdrawals has it as a sale of cash.")


@dataclass(frozen=True, slots=True)
class _Report:
    """Which report it is, and whether it says that it counts shares as they were before the split."""

    columns: frozenset[str]
    is_split_told: bool


def rows(records: Iterable[Record]) -> Iterator[ReadRow]:
    """Yield the rows of the report."""
    kept = list(records)
    columns = next((report for record in kept for report in REPORTS if is_header(record, report)), WIRES)
    # the notice is no row of cells, though its commas make it one
    notices = [", ".join(record.cells) for record in kept if record.cells[:1] and record.cells[0].startswith(_NOTICE)]
    is_split_told = any(_SPLIT_TOLD in notice for notice in notices)
    for row in table(kept, columns):
        if isinstance(row, ReadRow):
            yield row
        elif row.record.cells[0].startswith(_NOTICE):
            yield ReadRow(row.line, Ignored("A notice on how the report counts shares, which is heeded."))
        else:
            yield from translated(row, partial(_content, _Report(columns, is_split_told)))


def _content(report: _Report, row: TableRow) -> Content | Sequence[Content]:
    status = row.cell("Order Status", "Status")
    if status.required() not in {"Complete", "Staged"}:
        return Ignored(f"The order is {status.text[:32]!r} and not complete.")
    if report.columns == RELEASES:
        return _release(row)
    if row.cell("Type").required() != ("Sale" if report.columns == WITHDRAWALS else "Wire"):
        raise row.cell("Type").bad("is a type that cannot be imported yet; enter it by hand")
    return _sale(report, row) if report.columns == WITHDRAWALS else _WIRED


def _release(row: TableRow) -> Sequence[Content]:
    if row.cell("Type").required() != "Release":
        raise row.cell("Type").bad("is no release; enter it by hand")
    if optional_amount(row.cell("Net Cash Proceeds")):
        raise row.cell("Net Cash Proceeds").bad("were paid out with the release; enter it by hand")
    fill = Fill(
        instrument=_instrument(row),
        side=Side.BUY,
        quantity=amount(row.cell("Net Share Proceeds")),
        price=amount(row.cell("Price")),
        executed_at=at_noon(named_month(row.cell("Vest Date")), _NEW_YORK),
        sequence=row.line,
        notes=_notes(row),
    )
    return in_kind(fill, CashKind.DEPOSIT)


def _sale(report: _Report, row: TableRow) -> Content:
    day, net = named_month(row.cell("Execution Date")), amount(row.cell("Net Amount"))
    quantity, price = abs(amount(row.cell("Quantity"))), amount(row.cell("Price"))
    if row.text("Plan") == _CASH:
        check_total(row.cell("Net Amount"), net, quantity, price)
        return CashEntry(
            kind=CashKind.WITHDRAWAL,
            amount=net,
            currency=_DOLLAR,
            occurred_at=at_noon(day, _NEW_YORK),
            sequence=row.line,
            notes=_notes(row),
        )
    traded = EXACT.multiply(quantity, price)
    fees = EXACT.subtract(traded, net)
    # charges of a sale are small; more, or less than none, says that a column is not what it seems
    check_total(row.cell("Net Amount"), net, quantity, price, -fees if ZERO <= fees <= _most(traded) else ZERO)
    is_old = report.is_split_told and day <= _SPLIT_ON and row.text("Plan") in _SYMBOLS
    times = _SPLIT if is_old else Decimal(1)
    old = "" if not is_old else f", sold as {plain(quantity)} at {plain(price)} before the split of 20 for 1"
    return Fill(
        instrument=_instrument(row),
        side=Side.SELL,
        quantity=EXACT.multiply(quantity, times),
        price=unit_price(price, times),
        executed_at=at_noon(day, _NEW_YORK),
        sequence=row.line,
        fees=Fees({FeeKind.BROKERAGE: max(fees, ZERO)}),
        notes=f"{_notes(row)}{old}",
    )


def _most(traded: Decimal) -> Decimal:
    return max(EXACT.multiply(traded, _MOST_CHARGED), _MOST_ANYWAY)


def _instrument(row: TableRow) -> InstrumentKey:
    plan = row.cell("Plan").required()
    return paper(_SYMBOLS.get(plan, plan), _DOLLAR)


def _notes(row: TableRow) -> str:
    words = (row.text("Type"), row.text("Plan"), row.text("Order Number"))
    return ", ".join(word for word in words if word)[:400]

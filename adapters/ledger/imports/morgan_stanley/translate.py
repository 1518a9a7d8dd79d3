"""Turns releases and withdrawals into entries.

A release is shares received at their market value. A sale's proceeds stay as cash until they are withdrawn, which the
report calls a sale of cash at 1 dollar.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.awards import in_kind
from adapters.ledger.imports.dates import named_month
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table, translated
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.morgan_stanley.parse import Report, is_notice, report_of, sale_of
from adapters.ledger.imports.morgan_stanley.recognise import RELEASES, WITHDRAWALS
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
# the notice below the withdrawals says so: sales to this day are in the shares of before, releases always in new ones
_SPLIT_ON: Final = date(2022, 7, 15)
_SPLIT: Final = Decimal(20)
_MOST_CHARGED: Final = Decimal("0.05")
_MOST_ANYWAY: Final = Decimal(50)
_WIRED: Final = Ignored("A wire of what a sale brought; the report of withdrawals has it as a sale of cash.")


def rows(records: Iterable[Record]) -> Iterator[ReadRow]:
    """Yield the rows of the report."""
    kept = list(records)
    report = report_of(kept)
    for row in table(kept, report.columns):
        if isinstance(row, ReadRow):
            yield row
        elif is_notice(row.record):
            yield ReadRow(row.line, Ignored("A notice on how the report counts shares, which is heeded."))
        else:
            yield from translated(row, partial(_content, report))


def _content(report: Report, row: TableRow) -> Content | Sequence[Content]:
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


def _sale(report: Report, row: TableRow) -> Content:
    found = sale_of(row)
    cell = row.cell("Net Amount")
    if found.plan == _CASH:
        check_total(cell, found.net, found.quantity, found.price)
        return CashEntry(
            kind=CashKind.WITHDRAWAL,
            amount=found.net,
            currency=_DOLLAR,
            occurred_at=at_noon(found.day, _NEW_YORK),
            sequence=row.line,
            notes=_notes(row),
        )
    traded = EXACT.multiply(found.quantity, found.price)
    fees = EXACT.subtract(traded, found.net)
    # charges of a sale are small; more, or less than none, says that a column is not what it seems
    check_total(
        cell, found.net, found.quantity, found.price, EXACT.minus(fees) if ZERO <= fees <= _most(traded) else ZERO
    )
    is_old = report.is_split_told and found.day <= _SPLIT_ON and found.plan in _SYMBOLS
    times = _SPLIT if is_old else Decimal(1)
    told = f", sold as {plain(found.quantity)} at {plain(found.price)} before the split of 20 for 1" if is_old else ""
    return Fill(
        instrument=_instrument(row),
        side=Side.SELL,
        quantity=EXACT.multiply(found.quantity, times),
        price=unit_price(found.price, times),
        executed_at=at_noon(found.day, _NEW_YORK),
        sequence=row.line,
        fees=Fees({FeeKind.BROKERAGE: max(fees, ZERO)}),
        notes=f"{_notes(row)}{told}",
    )


def _most(traded: Decimal) -> Decimal:
    return max(EXACT.multiply(traded, _MOST_CHARGED), _MOST_ANYWAY)


def _instrument(row: TableRow) -> InstrumentKey:
    plan = row.cell("Plan").required()
    return paper(_SYMBOLS.get(plan, plan), _DOLLAR)


def _notes(row: TableRow) -> str:
    words = (row.text("Type"), row.text("Plan"), row.text("Order Number"))
    return ", ".join(word for word in words if word)[:400]

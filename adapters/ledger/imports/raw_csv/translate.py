"""Turns plain transactions into entries.

An amount of money is quantity x price, of a dividend as of a trade; where only the price is given it is the amount.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.awards import in_kind
from adapters.ledger.imports.dates import iso_day
from adapters.ledger.imports.delimited.cells import BadCell
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table, translated
from adapters.ledger.imports.file_order import FileOrder
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.ratios import Holdings, split_of
from adapters.ledger.imports.raw_csv.parse import SPLIT, PlainRow, parse
from adapters.ledger.imports.raw_csv.recognise import REQUIRED
from adapters.ledger.imports.totals import value_of
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import ActionEntry, CashEntry, Entry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.local_time import at_midnight, at_noon
from domain.ledger.imports.verdict import Ignored, RowProblem
from domain.shared.money import EXACT, ZERO

_SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
# received, paid
_KINDS: Final = {
    "DIVIDEND": (CashKind.DIVIDEND, CashKind.DIVIDEND_PAID),
    "INTEREST": (CashKind.INTEREST, CashKind.INTEREST_PAID),
    "TRANSFER": (CashKind.DEPOSIT, CashKind.WITHDRAWAL),
    "DEPOSIT": (CashKind.DEPOSIT, CashKind.WITHDRAWAL),
}
# amounts of these are what was paid, and less than nothing what came back
_COSTS: Final = {
    "FEE": (CashKind.FEE, CashKind.FEE_REFUND),
    "TAX": (CashKind.TAX, CashKind.TAX_REFUND),
    "WITHDRAWAL": (CashKind.WITHDRAWAL, CashKind.DEPOSIT),
}
_OF_A_PAPER: Final = frozenset({CashKind.DIVIDEND, CashKind.DIVIDEND_PAID, CashKind.TAX, CashKind.TAX_REFUND})


def rows(records: Iterable[Record], zone: ZoneInfo) -> Iterator[ReadRow]:
    """Yield the rows; splits last and from the oldest, since one changes what the next finds."""
    found: list[TableRow] = []
    for row in table(records, REQUIRED):
        if isinstance(row, ReadRow):
            yield row
        else:
            found.append(row)
    order = FileOrder.of(found, lambda row: iso_day(row.cell("date")))
    entries: list[Entry] = []
    for row in [row for row in found if not _is_split(row)]:
        for read in translated(row, partial(_content, zone, order)):
            if not isinstance(read.content, (RowProblem, Ignored)):
                entries.append(read.content)
            yield read
    holdings = Holdings(entries)
    for row in sorted((row for row in found if _is_split(row)), key=_day):
        yield from translated(row, partial(_split, zone, order, holdings))


def _day(row: TableRow) -> date:
    try:
        return iso_day(row.cell("date"))
    except BadCell:
        # the row is told what is wrong with it when it is translated
        return date.min


def _is_split(row: TableRow) -> bool:
    return row.text("action").upper() == SPLIT


def _content(zone: ZoneInfo, order: FileOrder, row: TableRow) -> Content | Sequence[Content]:
    found = parse(row)
    if found.action in _SIDES:
        return _fill(zone, order, found, _SIDES[found.action])
    if found.action == "STOCK_ACTIVITY":
        return in_kind(_fill(zone, order, found, Side.BUY), CashKind.DEPOSIT)
    if found.action in _KINDS or found.action in _COSTS:
        return _movement(zone, order, found)
    known = ", ".join((*_SIDES, "STOCK_ACTIVITY", SPLIT, *_KINDS, *_COSTS))
    raise row.cell("action").bad(f"is an action that cannot be imported; there are {known}")


def _fill(zone: ZoneInfo, order: FileOrder, found: PlainRow, side: Side) -> Fill:
    return Fill(
        instrument=paper(found.paper, found.currency),
        side=side,
        quantity=EXACT.abs(found.units),
        price=found.price,
        executed_at=at_noon(found.day, zone),
        sequence=order.sequence(found.line),
        fees=Fees({FeeKind.BROKERAGE: found.fees}),
    )


def _movement(zone: ZoneInfo, order: FileOrder, found: PlainRow) -> Content | Sequence[Content]:
    money = value_of(Decimal(1) if found.quantity is None else found.quantity, found.price)
    if money == ZERO:
        return Ignored("The amount is zero.")
    received, paid = _KINDS[found.action] if found.action in _KINDS else _COSTS[found.action]
    kind = received if money > ZERO else paid
    is_of_a_paper = kind in _OF_A_PAPER and found.symbol != ""
    entry = CashEntry(
        kind=kind,
        amount=EXACT.abs(money),
        currency=found.currency,
        occurred_at=at_noon(found.day, zone),
        instrument=paper(found.symbol, found.currency) if is_of_a_paper else None,
        sequence=order.sequence(found.line),
        notes=None if is_of_a_paper else found.symbol or None,
    )
    if found.fees == ZERO:
        return entry
    fee = CashEntry(
        kind=CashKind.FEE,
        amount=found.fees,
        currency=found.currency,
        occurred_at=entry.occurred_at,
        sequence=entry.sequence,
        notes=f"Fee of {found.action.lower()} {found.symbol}".rstrip(),
    )
    return [entry, fee]


def _split(zone: ZoneInfo, order: FileOrder, holdings: Holdings, row: TableRow) -> ActionEntry:
    """Return the split that brought the row's quantity of additional units."""
    found = parse(row)
    instrument, at = paper(found.paper, found.currency), at_midnight(found.day, zone)
    held = holdings.before(instrument.symbol, at)
    after = EXACT.add(held, found.units)
    terms = split_of(row.cell("quantity"), held, after)
    holdings.become(instrument.symbol, after)
    return ActionEntry(
        instrument=instrument,
        terms=terms,
        effective_at=at,
        sequence=order.sequence(found.line),
    )

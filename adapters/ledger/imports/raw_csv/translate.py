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

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.awards import in_kind
from adapters.ledger.imports.dates import iso_day
from adapters.ledger.imports.delimited.cells import BadCell
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table, translated
from adapters.ledger.imports.file_order import FileOrder
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.ratios import Holdings, split_of
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
from domain.shared.minor_units import major
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
    return row.text("action").upper() == "STOCK_SPLIT"


def _content(zone: ZoneInfo, order: FileOrder, row: TableRow) -> Content | Sequence[Content]:
    action = row.cell("action").required().upper()
    if action in _SIDES or action == "STOCK_ACTIVITY":
        fill = _fill(zone, order, row, _SIDES.get(action, Side.BUY))
        return in_kind(fill, CashKind.DEPOSIT) if action == "STOCK_ACTIVITY" else fill
    if action in _KINDS or action in _COSTS:
        return _movement(zone, order, row, action)
    raise row.cell("action").bad(
        "is an action that cannot be imported; there are BUY, SELL, STOCK_ACTIVITY, "
        f"STOCK_SPLIT, {', '.join((*_KINDS, *_COSTS))}"
    )


def _fill(zone: ZoneInfo, order: FileOrder, row: TableRow, side: Side) -> Fill:
    currency, price = major(row.cell("currency").required(), amount(row.cell("price")))
    return Fill(
        instrument=paper(row.cell("symbol").required(), currency),
        side=side,
        quantity=abs(amount(row.cell("quantity"))),
        price=price,
        executed_at=at_noon(iso_day(row.cell("date")), zone),
        sequence=order.sequence(row.line),
        fees=Fees({FeeKind.BROKERAGE: optional_amount(row.cell("fees")) or ZERO}),
    )


def _movement(zone: ZoneInfo, order: FileOrder, row: TableRow, action: str) -> Content | Sequence[Content]:
    price, units = amount(row.cell("price")), optional_amount(row.cell("quantity"))
    currency, quoted = major(row.cell("currency").required(), price)
    money = value_of(Decimal(1) if units is None else units, quoted)
    received, paid = _KINDS[action] if action in _KINDS else _COSTS[action]
    kind = received if money >= ZERO else paid
    symbol = row.text("symbol")
    if money == ZERO:
        return Ignored("The amount is zero.")
    entry = CashEntry(
        kind=kind,
        amount=abs(money),
        currency=currency,
        occurred_at=at_noon(iso_day(row.cell("date")), zone),
        instrument=paper(symbol, currency) if symbol and kind in _OF_A_PAPER else None,
        sequence=order.sequence(row.line),
        notes=None if kind in _OF_A_PAPER else symbol or None,
    )
    fees = optional_amount(row.cell("fees")) or ZERO
    if fees == ZERO:
        return entry
    fee = CashEntry(
        kind=CashKind.FEE,
        amount=fees,
        currency=currency,
        occurred_at=entry.occurred_at,
        sequence=entry.sequence,
        notes=f"Fee of {action.lower()} {symbol}".rstrip(),
    )
    return [entry, fee]


def _split(zone: ZoneInfo, order: FileOrder, holdings: Holdings, row: TableRow) -> ActionEntry:
    """Return the split that brought the row's quantity of additional units."""
    currency, _ = major(row.cell("currency").required(), ZERO)
    instrument, at = paper(row.cell("symbol").required(), currency), at_midnight(iso_day(row.cell("date")), zone)
    held = holdings.before(instrument.symbol, at)
    after = EXACT.add(held, amount(row.cell("quantity")))
    terms = split_of(row.cell("quantity"), held, after)
    holdings.become(instrument.symbol, after)
    return ActionEntry(
        instrument=instrument,
        terms=terms,
        effective_at=at,
        sequence=order.sequence(row.line),
    )

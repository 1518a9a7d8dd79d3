"""Turns rows of the history into entries, in the order of the file; splits last, for they ask what is held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.delimited.cells import BadCell
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table, translated
from adapters.ledger.imports.ratios import Holdings, split_of
from adapters.ledger.imports.schwab.cash import KINDS, movement
from adapters.ledger.imports.schwab.parse import NEW_YORK, HistoryRow, multiplier_of, parse
from adapters.ledger.imports.schwab.recognise import REQUIRED
from adapters.ledger.imports.totals import check_total
from domain.ledger.action_terms import Expiry
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import ActionEntry, Direction, Entry, TransferEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.local_time import at_midnight, at_noon
from domain.ledger.imports.verdict import Ignored, RowProblem
from domain.shared.errors import Invalid
from domain.shared.money import EXACT, ZERO

_SIDES: Final = {
    "Buy": Side.BUY,
    "Reinvest Shares": Side.BUY,
    "Buy to Cover": Side.BUY,
    "Buy to Open": Side.BUY,
    "Buy to Close": Side.BUY,
    "Sell": Side.SELL,
    "Sell Short": Side.SELL,
    "Sell to Open": Side.SELL,
    "Sell to Close": Side.SELL,
}
_OF_SHARES: Final = frozenset(
    {"Journaled Shares", "Security Transfer", "Internal Transfer", "Stock Plan Activity", "Journal"}
)
_SPLIT: Final = "Stock Split"
_BY_HAND: Final = {
    "Assigned": "closes an option whose shares have a row of their own; close it by hand with a trade at the price 0",
    "Exchange or Exercise": "closes an option; close it by hand with a trade at the price 0",
    "Reverse Split": "is a reverse split, whose ratio the file does not tell; record it by hand",
    "Cash In Lieu": "is the sale of a fraction whose size the file does not tell; record that sale by hand",
    "Spin-off": "brings shares whose part of the cost the file does not tell; record the spin-off by hand",
}


def rows(records: Iterable[Record]) -> Iterator[ReadRow]:
    """Yield the rows."""
    splits: list[TableRow] = []
    entries: list[Entry] = []
    for row in table(records, REQUIRED):
        if isinstance(row, ReadRow):
            yield row
        elif row.text("Action") == _SPLIT:
            splits.append(row)
        else:
            for read in translated(row, _content):
                if not isinstance(read.content, (RowProblem, Ignored)):
                    entries.append(read.content)
                yield read
    holdings = Holdings(entries)
    # from the oldest, since one split changes what the next finds
    for row in sorted(splits, key=_day):
        yield from translated(row, partial(_split, holdings))


def _day(row: TableRow) -> date:
    try:
        return parse(row).day
    except (BadCell, Invalid):
        # the row is told what is wrong with it when it is translated
        return date.min


def _content(row: TableRow) -> Content | Sequence[Content]:
    if row.text("Date").lower().startswith("transactions total"):
        return Ignored("It adds up the rows above.")
    found = parse(row)
    if found.action in _SIDES:
        return _trade(found, _SIDES[found.action])
    if found.action == "Expired":
        return _expiry(found)
    if found.action in _BY_HAND:
        raise row.cell("Action").bad(_BY_HAND[found.action])
    if found.action in _OF_SHARES and found.quantity != ZERO and found.amount == ZERO:
        return _transfer(found)
    if found.action in KINDS:
        return movement(found)
    raise row.cell("Action").bad("is an action that cannot be imported yet; enter it by hand")


def _trade(found: HistoryRow, side: Side) -> Fill:
    row, symbol = found.row, found.row.text("Symbol")
    quantity, price = EXACT.abs(amount(row.cell("Quantity"))), amount(row.cell("Price"))
    fees, multiplier = optional_amount(row.cell("Fees & Comm")) or ZERO, multiplier_of(symbol)
    if row.text("Amount"):
        units = EXACT.multiply(quantity, multiplier or Decimal(1))
        check_total(row.cell("Amount"), found.amount, units, price, fees if side is Side.BUY else EXACT.minus(fees))
    return Fill(
        instrument=found.instrument(),
        side=side,
        quantity=quantity,
        price=price,
        executed_at=at_noon(found.day, NEW_YORK),
        sequence=found.sequence,
        multiplier=multiplier,
        fees=Fees({FeeKind.BROKERAGE: fees}),
        notes=found.notes,
    )


def _transfer(found: HistoryRow) -> TransferEntry:
    description = found.row.text("Description")
    return TransferEntry(
        instrument=found.instrument(),
        direction=Direction.IN if found.quantity > ZERO else Direction.OUT,
        quantity=EXACT.abs(found.quantity),
        transferred_at=at_noon(found.day, NEW_YORK),
        counterparty=found.action if found.action == "Stock Plan Activity" else description or found.action,
        sequence=found.sequence,
        notes=found.notes,
    )


def _expiry(found: HistoryRow) -> ActionEntry:
    symbol = found.row.text("Symbol")
    if multiplier_of(symbol) is None:
        raise found.row.cell("Symbol").bad("is no option like 'AAPL 01/19/2024 150.00 C'; record what expired by hand")
    return ActionEntry(
        instrument=found.instrument(),
        terms=Expiry(),
        effective_at=at_noon(found.day, NEW_YORK),
        multiplier=multiplier_of(symbol),
        sequence=found.sequence,
        notes=found.notes,
    )


def _split(holdings: Holdings, row: TableRow) -> ActionEntry:
    """Return the split that brought the row's quantity of additional shares."""
    found = parse(row)
    instrument, at = found.instrument(), at_midnight(found.day, NEW_YORK)
    held = holdings.before(instrument.symbol, at)
    after = EXACT.add(held, EXACT.abs(amount(row.cell("Quantity"))))
    terms = split_of(row.cell("Quantity"), held, after)
    holdings.become(instrument.symbol, after)
    return ActionEntry(
        instrument=instrument,
        terms=terms,
        effective_at=at,
        sequence=found.sequence,
        notes=found.notes,
    )

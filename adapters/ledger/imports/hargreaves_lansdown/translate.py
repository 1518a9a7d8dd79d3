"""Turns rows of the summary into entries.

A trade's price is in pence and rounded, its value is in pounds and what was paid: what lies between is what it cost.
Papers have names and no tickers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.dates import day_first
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table, translated
from adapters.ledger.imports.file_order import FileOrder
from adapters.ledger.imports.hargreaves_lansdown.parse import SummaryRow, parse
from adapters.ledger.imports.hargreaves_lansdown.recognise import REQUIRED
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.totals import last_place
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.local_time import at_noon
from domain.ledger.imports.verdict import Ignored
from domain.shared.money import EXACT, ZERO, Currency, plain

LONDON: Final = ZoneInfo("Europe/London")
POUND: Final = Currency("GBP")
_PAYMENT: Final = (CashKind.DEPOSIT, CashKind.WITHDRAWAL)
_INTEREST: Final = (CashKind.INTEREST, CashKind.INTEREST_PAID)
_FEE: Final = (CashKind.FEE_REFUND, CashKind.FEE)
_KINDS: Final = {
    "INTEREST": _INTEREST,
    "MANAGE FEE": _FEE,
    "FEE": _FEE,
    "LOYALTYU": _FEE,
    "LOYALTYB": _FEE,
    "FPC": _PAYMENT,
    "FPD": _PAYMENT,
    "BACS": _PAYMENT,
    "CHQ": _PAYMENT,
    "CARD": _PAYMENT,
    "CARD WEB": _PAYMENT,
    "DIRECT DEBIT": _PAYMENT,
    "DD": _PAYMENT,
    "TRANSFER": _PAYMENT,
    "WITHDRAWAL": _PAYMENT,
    "DIVIDEND": (CashKind.DIVIDEND, CashKind.DIVIDEND_PAID),
}
# stamp duty, levies and commissions stay below; more says that the row is not what it seems
_MOST_PERCENT: Final = Decimal(5)
_MOST_ANYWAY: Final = Decimal(50)
_CENT: Final = Decimal("0.01")


def rows(records: Iterable[Record]) -> Iterator[ReadRow]:
    """Yield the rows."""
    found: list[TableRow] = []
    for row in table(records, REQUIRED):
        if isinstance(row, ReadRow):
            yield row
        else:
            found.append(row)
    order = FileOrder.of(found, lambda row: day_first(row.cell("Trade date")))
    for row in found:
        yield from translated(row, partial(_content, order))


def _content(order: FileOrder, row: TableRow) -> Content:
    found = parse(row)
    if found.side is not None:
        return _trade(order, found, found.side)
    kinds = _KINDS.get(found.reference.upper())
    if kinds is None:
        raise row.cell("Reference").bad("is a kind of transaction that cannot be imported yet; enter it by hand")
    value = found.value
    if value == ZERO:
        return Ignored("The amount is zero.")
    return CashEntry(
        kind=kinds[0] if value > ZERO else kinds[1],
        amount=EXACT.abs(value),
        currency=POUND,
        occurred_at=at_noon(found.day, LONDON),
        sequence=order.sequence(row.line),
        notes=", ".join(text for text in (found.reference, row.text("Description")) if text)[:500],
    )


def _trade(order: FileOrder, found: SummaryRow, side: Side) -> Fill:
    return Fill(
        instrument=paper(found.paper, POUND),
        side=side,
        quantity=found.quantity,
        price=found.price,
        executed_at=at_noon(found.day, LONDON),
        sequence=order.sequence(found.row.line),
        fill_id=f"hargreaves_lansdown|{found.reference}"[:64],
        fees=Fees({FeeKind.OTHER: _charges(found, side)}),
        settlement_date=found.settled_on,
        broker_trade_id=found.reference,
        notes=found.row.text("Description")[:500],
    )


def _charges(found: SummaryRow, side: Side) -> Decimal:
    """Return what the value differs from quantity x price by, in the direction of a charge."""
    quantity, price = found.quantity, found.price
    value, traded = EXACT.abs(found.value), EXACT.multiply(quantity, price)
    charges = EXACT.subtract(value, traded) if side is Side.BUY else EXACT.subtract(traded, value)
    rounding = EXACT.add(EXACT.multiply(quantity, last_place(price)), EXACT.multiply(last_place(quantity), price))
    most = max(EXACT.multiply(traded, _MOST_PERCENT.scaleb(-2)), _MOST_ANYWAY)
    if charges < EXACT.minus(EXACT.add(rounding, _CENT)) or charges > most:
        raise found.value_cell.bad(f"is not near {plain(quantity)} x {plain(price)} pounds, which is {plain(traded)}")
    return max(charges, ZERO)

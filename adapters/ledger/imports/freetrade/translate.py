"""Turns rows of the feed into entries.

The account settles in its own currency: a trade in another one is the trade and the conversion that paid for it, and
the fee of the conversion is apart. Dividends are gross with their tax, and converted when they come from abroad.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.awards import in_kind
from adapters.ledger.imports.dates import utc_time
from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table_rows
from adapters.ledger.imports.freetrade.recognise import REQUIRED
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.settlement import conversion_for
from adapters.ledger.imports.totals import check_total, near
from domain.ledger.action_terms import Split
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import NO_FEES, FeeKind, Fees
from domain.ledger.imports.entry import ActionEntry, CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.verdict import Ignored
from domain.ledger.trade import MAX_SEQUENCE
from domain.shared.minor_units import major
from domain.shared.money import EXACT, ZERO, Currency, plain

_SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
_KINDS: Final = {
    "TOP_UP": CashKind.DEPOSIT,
    "WITHDRAWAL": CashKind.WITHDRAWAL,
    "INTEREST_FROM_CASH": CashKind.INTEREST,
}
_DOCUMENTS: Final = frozenset({"MONTHLY_STATEMENT", "TAX_CERTIFICATE", "ANNUAL_STATEMENT"})
_DIVIDENDS: Final = frozenset({"DIVIDEND", "SPECIAL_DIVIDEND"})


def rows(records: Iterable[Record], account_currency: Currency) -> Iterator[ReadRow]:
    """Yield the rows."""
    return table_rows(records, REQUIRED, partial(_content, account_currency))


def _content(account_currency: Currency, row: TableRow) -> Content | Sequence[Content]:
    kind = row.cell("Type").required()
    if kind in _DOCUMENTS:
        return Ignored("It announces a document.")
    settled_in = Currency(row.text("Account Currency") or account_currency.code)
    if kind in {"ORDER", "FREESHARE_ORDER"}:
        return _order(row, settled_in)
    if kind in _DIVIDENDS:
        return _dividend(row, settled_in)
    if kind == "STOCK_SPLIT":
        return _split(row, settled_in)
    if kind not in _KINDS:
        raise row.cell("Type").bad("is a type of activity that cannot be imported yet; enter it by hand")
    money = abs(amount(_total(row)))
    if money == ZERO:
        return Ignored("The amount is zero.")
    return CashEntry(
        kind=_KINDS[kind],
        amount=money,
        currency=settled_in,
        occurred_at=utc_time(row.cell("Timestamp")),
        sequence=_sequence(row),
        notes=row.text("Title") or None,
    )


def _order(row: TableRow, settled_in: Currency) -> Content | Sequence[Content]:
    side = _SIDES.get(row.cell("Buy / Sell").required())
    if side is None:
        raise row.cell("Buy / Sell").bad("is neither BUY nor SELL")
    quoted = amount(row.cell("Price per Share"))
    currency, price = major(row.cell("Instrument Currency").required(), quoted)
    quantity, duty = abs(amount(row.cell("Quantity"))), optional_amount(row.cell("Stamp Duty")) or ZERO
    conversion_fee = optional_amount(row.cell("FX Fee Amount")) or ZERO
    is_given, is_home = row.text("Type") == "FREESHARE_ORDER", currency == settled_in
    name = row.text("Order ID")
    fill = Fill(
        instrument=paper(row.cell("Ticker").required(), currency),
        side=side,
        quantity=quantity,
        price=price,
        executed_at=utc_time(row.cell("Timestamp")),
        sequence=_sequence(row),
        isin=row.text("ISIN") or None,
        fees=Fees({FeeKind.STAMP_DUTY: duty, FeeKind.OTHER: conversion_fee}) if is_home and not is_given else NO_FEES,
        fill_id=f"freetrade|{name}" if name else None,
        broker_order_id=name[:64] or None,
        notes=row.text("Title") or None,
    )
    if is_given and side is Side.BUY:
        return in_kind(fill, CashKind.DEPOSIT, fill.fill_id)
    total, is_buy = _total(row), side is Side.BUY
    if is_home:
        check_total(total, amount(total), quantity, price, fill.fees.total if is_buy else -fill.fees.total)
        return fill
    charges = EXACT.add(duty, conversion_fee)
    settled = EXACT.subtract(abs(amount(total)), charges) if is_buy else EXACT.add(abs(amount(total)), charges)
    _check_rate(row.cell("Base FX Rate", "FX Rate"), settled, EXACT.multiply(quantity, quoted))
    entry_id = None if fill.fill_id is None else f"{fill.fill_id}|conversion"
    found: list[Content] = [fill, conversion_for(fill, CashLeg(settled, settled_in), entry_id)]
    for kind, what, charge in (
        (CashKind.TAX, "Stamp duty", duty),
        (CashKind.FEE, "Currency conversion fee", conversion_fee),
    ):
        if charge:
            found.append(_charge(fill, kind, what, CashLeg(charge, settled_in)))
    return found


def _charge(fill: Fill, kind: CashKind, what: str, charge: CashLeg) -> CashEntry:
    return CashEntry(
        kind=kind,
        amount=charge.amount,
        currency=charge.currency,
        occurred_at=fill.executed_at,
        sequence=fill.sequence,
        entry_id=None if fill.fill_id is None else f"{fill.fill_id}|{what.lower()}",
        notes=f"{what} of {fill.instrument.symbol}",
    )


def _dividend(row: TableRow, settled_in: Currency) -> Content | Sequence[Content]:
    """Return the dividend in the paper's currency, and its conversion if that is not the account's."""
    total = amount(_total(row))
    code = row.text("Instrument Currency") or settled_in.code
    tax = optional_amount(row.cell("Dividend Withheld Tax Amount")) or ZERO
    currency, withheld = major(code, tax)
    gross_cell = row.cell("Dividend Gross Distribution Amount")
    gross = major(code, amount(gross_cell))[1] if gross_cell.text else EXACT.add(total, withheld)
    dividend = CashEntry(
        kind=CashKind.DIVIDEND,
        # at home, what came in is what counts: shares of a penny are rounded
        amount=EXACT.add(total, withheld) if currency == settled_in else gross,
        currency=currency,
        tax=withheld,
        instrument=paper(row.cell("Ticker").required(), currency),
        isin=row.text("ISIN") or None,
        occurred_at=utc_time(row.cell("Timestamp")),
        sequence=_sequence(row),
        notes=row.text("Title") or None,
    )
    if currency == settled_in:
        if not near(gross, dividend.amount):
            raise gross_cell.bad(f"is not the {plain(dividend.amount)} that were paid, with tax")
        return dividend
    if not gross_cell.text:
        raise gross_cell.bad("is empty, and the dividend is from abroad; enter it by hand")
    net = EXACT.subtract(gross, withheld)
    _check_rate(row.cell("Base FX Rate", "FX Rate"), total, net)
    converted = CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=net,
        currency=currency,
        received=CashLeg(total, settled_in),
        occurred_at=dividend.occurred_at,
        sequence=dividend.sequence,
        notes=f"Conversion of a dividend of {row.text('Ticker')}",
    )
    return [dividend, converted]


def _split(row: TableRow, settled_in: Currency) -> ActionEntry:
    old, new = (amount(row.cell(f"Stock Split Rate {which}")) for which in ("From", "To"))
    if old != int(old) or new != int(new):
        raise row.cell("Stock Split Rate To").bad("is no whole number; record the split by hand")
    currency, _ = major(row.text("Instrument Currency") or settled_in.code, ZERO)
    return ActionEntry(
        instrument=paper(row.cell("Ticker").required(), currency),
        isin=row.text("ISIN") or None,
        terms=Split(new=int(new), old=int(old)),
        effective_at=utc_time(row.cell("Timestamp")),
        sequence=_sequence(row),
        notes=row.text("Title") or None,
    )


def _total(row: TableRow) -> Cell:
    return row.cell("Total Amount", "Total Amount in Account Currency")


def _sequence(row: TableRow) -> int:
    """Return the row's place among those of the same instant: the feed begins with the newest."""
    return MAX_SEQUENCE - row.line


def _check_rate(rate: Cell, settled: Decimal, value: Decimal) -> None:
    """Raise BadCell if the rate does not lead from one sum to the other; dividends print it the other way round."""
    found = optional_amount(rate)
    if found and not (near(EXACT.multiply(settled, found), value) or near(EXACT.multiply(value, found), settled)):
        raise rate.bad(f"does not lead from {plain(settled)} to {plain(value)}")

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
from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table_rows
from adapters.ledger.imports.freetrade.parse import ActivityRow, parse
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
    if row.text("Type") in _DOCUMENTS:
        return Ignored("It announces a document.")
    found = parse(row, account_currency)
    if found.kind in {"ORDER", "FREESHARE_ORDER"}:
        return _order(found)
    if found.kind in _DIVIDENDS:
        return _dividend(found)
    return _split(found) if found.kind == "STOCK_SPLIT" else _payment(found)


def _payment(found: ActivityRow) -> Content:
    if found.kind not in _KINDS:
        raise found.row.cell("Type").bad("is a type of activity that cannot be imported yet; enter it by hand")
    if found.total == ZERO:
        return Ignored("The amount is zero.")
    return CashEntry(
        kind=_KINDS[found.kind],
        amount=found.total,
        currency=found.settled_in,
        occurred_at=found.at,
        sequence=found.sequence,
        notes=found.notes,
    )


def _order(found: ActivityRow) -> Content | Sequence[Content]:
    row, settled_in = found.row, found.settled_in
    side = _SIDES.get(row.cell("Buy / Sell").required())
    if side is None:
        raise row.cell("Buy / Sell").bad("is neither BUY nor SELL")
    quoted = amount(row.cell("Price per Share"))
    currency, price = major(row.cell("Instrument Currency").required(), quoted)
    quantity, duty = EXACT.abs(amount(row.cell("Quantity"))), found.charge("Stamp Duty")
    conversion_fee = found.charge("FX Fee Amount")
    is_given, is_home = found.kind == "FREESHARE_ORDER", currency == settled_in
    fill = Fill(
        instrument=paper(row.cell("Ticker").required(), currency),
        side=side,
        quantity=quantity,
        price=price,
        executed_at=found.at,
        sequence=found.sequence,
        isin=found.isin,
        fees=Fees({FeeKind.STAMP_DUTY: duty, FeeKind.OTHER: conversion_fee}) if is_home and not is_given else NO_FEES,
        fill_id=found.fill_id,
        broker_order_id=row.text("Order ID")[:64] or None,
        notes=found.notes,
    )
    if is_given and side is Side.BUY:
        return in_kind(fill, CashKind.DEPOSIT, fill.fill_id)
    is_buy = side is Side.BUY
    if is_home:
        check_total(
            found.total_cell, found.total, quantity, price, fill.fees.total if is_buy else EXACT.minus(fill.fees.total)
        )
        return fill
    charges = EXACT.add(duty, conversion_fee)
    settled = EXACT.subtract(found.total, charges) if is_buy else EXACT.add(found.total, charges)
    _check_rate(found.rate, settled, EXACT.multiply(quantity, quoted))
    entry_id = None if fill.fill_id is None else f"{fill.fill_id}|conversion"
    made: list[Content] = [fill, conversion_for(fill, CashLeg(settled, settled_in), entry_id)]
    for kind, what, charge in (
        (CashKind.TAX, "Stamp duty", duty),
        (CashKind.FEE, "Currency conversion fee", conversion_fee),
    ):
        if charge:
            made.append(_charge(fill, kind, what, CashLeg(charge, settled_in)))
    return made


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


def _dividend(found: ActivityRow) -> Content | Sequence[Content]:
    """Return the dividend in the paper's currency, and its conversion if that is not the account's."""
    row, settled_in, total = found.row, found.settled_in, amount(found.total_cell)
    code = row.text("Instrument Currency") or settled_in.code
    tax = found.charge("Dividend Withheld Tax Amount")
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
        isin=found.isin,
        occurred_at=found.at,
        sequence=found.sequence,
        notes=found.notes,
    )
    if currency == settled_in:
        if not near(gross, dividend.amount):
            raise gross_cell.bad(f"is not the {plain(dividend.amount)} that were paid, with tax")
        return dividend
    if not gross_cell.text:
        raise gross_cell.bad("is empty, and the dividend is from abroad; enter it by hand")
    net = EXACT.subtract(gross, withheld)
    _check_rate(found.rate, total, net)
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


def _split(found: ActivityRow) -> ActionEntry:
    row, settled_in = found.row, found.settled_in
    old, new = (amount(row.cell(f"Stock Split Rate {which}")) for which in ("From", "To"))
    if old != int(old) or new != int(new):
        raise row.cell("Stock Split Rate To").bad("is no whole number; record the split by hand")
    currency, _ = major(row.text("Instrument Currency") or settled_in.code, ZERO)
    return ActionEntry(
        instrument=paper(row.cell("Ticker").required(), currency),
        isin=found.isin,
        terms=Split(new=int(new), old=int(old)),
        effective_at=found.at,
        sequence=found.sequence,
        notes=found.notes,
    )


def _check_rate(rate: Cell, settled: Decimal, value: Decimal) -> None:
    """Raise BadCell if the rate does not lead from one sum to the other; dividends print it the other way round."""
    found = optional_amount(rate)
    if found and not (near(EXACT.multiply(settled, found), value) or near(EXACT.multiply(value, found), settled)):
        raise rate.bad(f"does not lead from {plain(settled)} to {plain(value)}")

"""Conversions of one coin into another: the row tells what was given, its value and the fee, the notes what was got."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.coinbase.parse import HistoryRow
from adapters.ledger.imports.crypto import coin, coin_code, is_money
from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.totals import worth
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.shared.money import EXACT, ZERO, Currency, plain

# `Converted 0.002 BTC to 80.5 XRP`
_CONVERTED: Final = re.compile(r"Converted ([0-9.,]+) ([A-Z0-9]+) to ([0-9.,]+) ([A-Z0-9]+)", re.ASCII | re.IGNORECASE)


def conversion(found: HistoryRow) -> Sequence[Content]:
    """Return a sale and a purchase of one value; a coin that stands for a currency is paid or received as cash."""
    notes = found.row.cell("Notes")
    match = _CONVERTED.fullmatch(notes.required())
    if match is None:
        raise notes.bad("does not say what was converted to what, like 'Converted 0.002 BTC to 80.5 XRP'")
    got, quantity = coin_code(match[4]), amount(Cell(notes.column, match[3]))
    if is_money(found.asset) and is_money(got):
        return [_exchanged(found, CashLeg(quantity, Currency(got)))]
    if is_money(found.asset):
        return [_bought(found, got, quantity, CashLeg(found.quantity, Currency(found.asset)))]
    if is_money(got):
        return [_sold(found, CashLeg(quantity, Currency(got)), ZERO)]
    value = found.money(found.row.cell("Subtotal"))
    # the total is what was given, the subtotal what it bought
    fee = max(EXACT.subtract(found.money(found.total), value), ZERO) if found.total.text else found.fees
    bought = CashLeg(value, found.currency)
    return [_sold(found, bought, fee), _bought(found, got, quantity, bought)]


def _sold(found: HistoryRow, value: CashLeg, fee: Decimal) -> Fill:
    price, charge = worth(EXACT.add(value.amount, fee), found.quantity, Side.SELL)
    return Fill(
        instrument=coin(found.asset, value.currency),
        side=Side.SELL,
        quantity=found.quantity,
        price=price,
        executed_at=found.at,
        sequence=found.sequence,
        fees=Fees({FeeKind.BROKERAGE: fee, FeeKind.OTHER: charge}),
        fill_id=_part(found, "out"),
        notes=found.notes,
    )


def _bought(found: HistoryRow, asset: str, quantity: Decimal, value: CashLeg) -> Fill:
    price, charge = worth(value.amount, quantity, Side.BUY)
    return Fill(
        instrument=coin(asset, value.currency),
        side=Side.BUY,
        quantity=quantity,
        price=price,
        executed_at=found.at,
        sequence=found.sequence,
        fees=Fees({FeeKind.OTHER: charge}),
        fill_id=_part(found, "in"),
        notes=f"{found.notes}, worth {plain(value.amount)} {value.currency}",
    )


def _exchanged(found: HistoryRow, got: CashLeg) -> CashEntry:
    return CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=found.quantity,
        currency=Currency(found.asset),
        received=got,
        occurred_at=found.at,
        sequence=found.sequence,
        entry_id=found.entry_id,
        notes=found.notes,
    )


def _part(found: HistoryRow, part: str) -> str | None:
    return None if found.entry_id is None else f"{found.entry_id}|{part}"

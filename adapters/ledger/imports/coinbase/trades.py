"""Purchases and sales.

Since prices are those of the market, and what was paid is not always quantity x price, the subtotal decides where they
differ. The notes say in which currency an advanced trade was paid, which may not be that of the prices.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.coinbase.parse import HistoryRow
from adapters.ledger.imports.crypto import coin, is_money
from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.totals import near, worth
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.shared.money import EXACT, ZERO, Currency, plain

# `Bought 0.01 BTC for 400.12 USDC on BTC-USDC at 40000 USDC/BTC`
_PAID: Final = re.compile(r".* for ([0-9.,]+) ([A-Z0-9]{2,10}) on [A-Z0-9]+-([A-Z0-9]+)\b.*", re.ASCII)
_CENT: Final = Decimal("0.01")


def trade(found: HistoryRow, side: Side) -> Content | Sequence[Content]:
    """Return the fill; of a currency or a coin that stands for one, the conversion."""
    match = _PAID.fullmatch(found.row.text("Notes"))
    if match is not None and match[2] != found.currency.code and is_money(match[3]):
        paid = EXACT.abs(amount(Cell("Notes", match[1])))
        return _made(found, side, CashLeg(paid, Currency(match[2])), ZERO)
    value, fees = found.money(found.row.cell("Subtotal")), found.fees
    expected = EXACT.add(value, fees) if side is Side.BUY else EXACT.subtract(value, fees)
    if found.total.text and not near(found.money(found.total), expected):
        raise found.total.bad(f"is not the subtotal {plain(value)} with fees of {plain(fees)}")
    return _made(found, side, CashLeg(value, found.currency), fees)


def _made(found: HistoryRow, side: Side, value: CashLeg, fees: Decimal) -> Content | Sequence[Content]:
    if is_money(found.asset):
        return _converted(found, side, value, fees)
    price, charge = _price(found, side, value)
    return Fill(
        instrument=coin(found.asset, value.currency),
        side=side,
        quantity=found.quantity,
        price=price,
        executed_at=found.at,
        sequence=found.sequence,
        fees=Fees({FeeKind.BROKERAGE: fees, FeeKind.OTHER: charge}),
        fill_id=found.entry_id,
        notes=found.notes,
    )


def _price(found: HistoryRow, side: Side, value: CashLeg) -> tuple[Decimal, Decimal]:
    """Return the file's price where it explains the subtotal, else the one that does."""
    if found.price.text and value.currency == found.currency:
        price = amount(found.price)
        if not near(EXACT.multiply(found.quantity, price), value.amount):
            raise found.price.bad(f"is far from the {plain(value.amount)} that {plain(found.quantity)} came to")
        if EXACT.abs(EXACT.subtract(EXACT.multiply(found.quantity, price), value.amount)) <= _CENT:
            return price, ZERO
    return worth(value.amount, found.quantity, side)


def _converted(found: HistoryRow, side: Side, value: CashLeg, fees: Decimal) -> Sequence[Content]:
    own = CashLeg(found.quantity, Currency(found.asset))
    given, got = (value, own) if side is Side.BUY else (own, value)
    entry = CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=given.amount,
        currency=given.currency,
        received=got,
        occurred_at=found.at,
        sequence=found.sequence,
        entry_id=found.entry_id,
        notes=found.notes,
    )
    if fees == ZERO:
        return [entry]
    fee = CashEntry(
        kind=CashKind.FEE,
        amount=fees,
        currency=value.currency,
        occurred_at=found.at,
        sequence=found.sequence,
        entry_id=None if found.entry_id is None else f"{found.entry_id}|fee",
        notes=f"Fee of {found.kind.lower()} {found.asset}",
    )
    return [entry, fee]

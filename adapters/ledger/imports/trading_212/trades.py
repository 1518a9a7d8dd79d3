"""Purchases and sales: the fill, the conversion that paid for it, and charges in another currency than the price."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.dates import utc_time
from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.delimited.sheet import TableRow
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.settlement import conversion_for
from adapters.ledger.imports.totals import check_total, near
from adapters.ledger.imports.trading_212.cash import described, id_of
from adapters.ledger.imports.trading_212.parse import Sum, charges_of, required_sum
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.shared.minor_units import major
from domain.shared.money import EXACT, ZERO, Currency, plain

_CHARGES: Final = {
    FeeKind.STAMP_DUTY: ("Stamp duty", "Stamp duty reserve tax"),
    FeeKind.REGULATORY: ("Ptm levy", "PTM levy", "Transaction fee", "Finra fee"),
    FeeKind.TAX: ("French transaction tax",),
    FeeKind.OTHER: ("Currency conversion fee",),
}
_TAXES: Final = frozenset({FeeKind.STAMP_DUTY, FeeKind.TAX})
_NO_RATE: Final = frozenset({"", "Not available"})


def trade(row: TableRow, side: Side, account_currency: Currency) -> Sequence[Content]:
    """Return the fill and what else moved for it."""
    is_buy = side is Side.BUY
    quantity = EXACT.abs(amount(row.cell("No. of shares")))
    quoted = amount(row.cell("Price / share"))
    currency, price = major(row.cell("Currency (Price / share)").required(), quoted)
    total = required_sum(row, "Total", account_currency)
    charges = {kind: charges_of(row, names, account_currency) for kind, names in _CHARGES.items()}
    fill = Fill(
        instrument=paper(row.cell("Ticker").required(), currency),
        side=side,
        quantity=quantity,
        price=price,
        executed_at=utc_time(row.cell("Time")),
        sequence=row.line,
        isin=row.text("ISIN") or None,
        fees=Fees({kind: _sum_in(currency, found) for kind, found in charges.items()}),
        fill_id=id_of(row),
        broker_order_id=row.text("ID")[:64] or None,
        notes=described(row),
    )
    apart = [
        _charge(row, fill, kind, charge)
        for kind, found in charges.items()
        for charge in found
        if charge.currency != currency
    ]
    if total.currency == currency:
        fees = fill.fees.total
        check_total(total.cell, total.amount, quantity, price, fees if is_buy else EXACT.minus(fees))
        return [fill, *apart]
    besides = _sum_in(total.currency, [charge for found in charges.values() for charge in found])
    net = EXACT.abs(total.amount)
    settled = EXACT.subtract(net, besides) if is_buy else EXACT.add(net, besides)
    _check_rate(row.cell("Exchange rate"), settled, EXACT.multiply(quantity, quoted))
    return [fill, conversion_for(fill, CashLeg(settled, total.currency), id_of(row, "conversion")), *apart]


def _charge(row: TableRow, fill: Fill, kind: FeeKind, charge: Sum) -> CashEntry:
    name = charge.cell.column.partition(" (")[0]
    return CashEntry(
        kind=CashKind.TAX if kind in _TAXES else CashKind.FEE,
        amount=charge.amount,
        currency=charge.currency,
        occurred_at=fill.executed_at,
        sequence=row.line,
        entry_id=id_of(row, name.lower()),
        notes=f"{name} of {fill.instrument.symbol}",
    )


def _sum_in(currency: Currency, charges: Sequence[Sum]) -> Decimal:
    total = ZERO
    for charge in charges:
        if charge.currency == currency:
            total = EXACT.add(total, charge.amount)
    return total


def _check_rate(rate: Cell, settled: Decimal, value: Decimal) -> None:
    """Raise BadCell if the rate does not lead from one sum to the other; which way it is printed differs."""
    if rate.text in _NO_RATE:
        return
    found = amount(rate)
    if not (near(EXACT.multiply(settled, found), value) or near(EXACT.multiply(value, found), settled)):
        raise rate.bad(f"does not lead from {plain(settled)} to {plain(value)}")

"""Rows that move cash alone: payments in and out, dividends, interest, conversions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.dates import utc_time
from adapters.ledger.imports.delimited.sheet import TableRow
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.totals import value_of
from adapters.ledger.imports.trading_212.parse import Sum, required_sum, sum_of
from domain.ledger.cash_kind import CashKind
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored
from domain.shared.minor_units import major
from domain.shared.money import EXACT, ZERO, Currency

# received, paid
_INTEREST: Final = (CashKind.INTEREST, CashKind.INTEREST_PAID)
_PAYMENT: Final = (CashKind.DEPOSIT, CashKind.WITHDRAWAL)
_KINDS: Final = {
    "deposit": _PAYMENT,
    "withdrawal": _PAYMENT,
    "card debit": _PAYMENT,
    "card credit": _PAYMENT,
    "spending cashback": _PAYMENT,
    "interest on cash": _INTEREST,
    "lending interest": _INTEREST,
    "share lending interest": _INTEREST,
    "new card cost": (CashKind.FEE_REFUND, CashKind.FEE),
}
# older layouts print what was paid out without a sign
_OUT: Final = frozenset({"withdrawal", "card debit", "new card cost"})
_CONVERTED: Final = ("Currency conversion from amount", "Currency conversion to amount")


def id_of(row: TableRow, part: str = "") -> str | None:
    """Return the name of what a row says; what moved besides is told by the part."""
    name = row.text("ID")
    return "|".join(word for word in ("trading_212", name, part) if word) if name else None


def described(row: TableRow) -> str | None:
    """Return the paper's name and the broker's notes."""
    return ", ".join(text for text in (row.text("Name"), row.text("Notes")) if text)[:500] or None


def cash_entry(row: TableRow, action: str, account_currency: Currency) -> Content | Sequence[Content]:
    """Return what moved."""
    if action.startswith("dividend"):
        return _dividend(row, action, account_currency)
    if action == "currency conversion":
        return _conversion(row, account_currency)
    if action not in _KINDS:
        raise row.cell("Action").bad("is an action that cannot be imported yet; enter it by hand")
    total = required_sum(row, "Total", account_currency)
    if total.amount == ZERO:
        return Ignored("The amount is zero.")
    received, paid = _KINDS[action]
    return CashEntry(
        kind=paid if total.amount < ZERO or action in _OUT else received,
        amount=EXACT.abs(total.amount),
        currency=total.currency,
        occurred_at=utc_time(row.cell("Time")),
        sequence=row.line,
        entry_id=id_of(row),
        notes=described(row),
    )


def _conversion(row: TableRow, account_currency: Currency) -> CashEntry:
    given, got = (required_sum(row, name, account_currency) for name in _CONVERTED)
    fee = sum_of(row, "Currency conversion fee", account_currency)
    # both amounts are what the balances moved by
    charged = "" if fee is None else f"a fee of {fee.amount} {fee.currency} is in the rate"
    return CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=EXACT.abs(given.amount),
        currency=given.currency,
        received=CashLeg(EXACT.abs(got.amount), got.currency),
        occurred_at=utc_time(row.cell("Time")),
        sequence=row.line,
        entry_id=id_of(row),
        notes=", ".join(text for text in (described(row), charged) if text) or None,
    )


def _dividend(row: TableRow, action: str, account_currency: Currency) -> Content | Sequence[Content]:
    if "capital" in action:
        raise row.cell("Action").bad("lowers the cost of the shares; record it as a corporate action by hand")
    total = required_sum(row, "Total", account_currency)
    code = row.text("Currency (Price / share)")
    currency, per_share = major(code, amount(row.cell("Price / share"))) if code else (total.currency, ZERO)
    tax = sum_of(row, "Withholding tax", currency)
    if currency == total.currency or (tax is not None and tax.amount > ZERO and tax.currency == total.currency):
        return _paid(row, total, tax)
    # what was paid per share is printed after tax
    net = Sum(value_of(amount(row.cell("No. of shares")), per_share), currency, row.cell("Price / share"))
    converted = CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=net.amount,
        currency=currency,
        received=CashLeg(total.amount, total.currency),
        occurred_at=utc_time(row.cell("Time")),
        sequence=row.line,
        entry_id=id_of(row, "conversion"),
        notes=f"Conversion of a dividend of {row.text('Ticker')}",
    )
    return [_paid(row, net, tax), converted]


def _paid(row: TableRow, net: Sum, tax: Sum | None) -> CashEntry:
    withheld = ZERO if tax is None else tax.amount
    if withheld and tax is not None and tax.currency != net.currency:
        raise tax.cell.bad(f"is in {tax.currency} and the dividend in {net.currency}; enter it by hand")
    return CashEntry(
        kind=CashKind.DIVIDEND,
        amount=EXACT.add(net.amount, withheld),
        currency=net.currency,
        tax=withheld,
        instrument=paper(row.cell("Ticker").required(), net.currency),
        isin=row.text("ISIN") or None,
        occurred_at=utc_time(row.cell("Time")),
        sequence=row.line,
        entry_id=id_of(row),
        notes=described(row),
    )

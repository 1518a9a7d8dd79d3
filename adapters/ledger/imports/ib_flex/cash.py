"""Cash transactions: their type and their sign tell the kind."""

from __future__ import annotations

from typing import Final

from adapters.ledger.imports.ib_flex.parse import Row
from adapters.ledger.imports.ib_flex.trades import isin_of
from adapters.ledger.imports.interactive_brokers.instruments import asset_class, instrument
from adapters.ledger.imports.interactive_brokers.values import moment, number, optional_day
from domain.ledger.cash_kind import CashKind
from domain.ledger.imports.entry import CashEntry
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored
from domain.shared.money import EXACT, ZERO, Currency

# received, paid
KINDS: Final = {
    "Dividends": (CashKind.DIVIDEND, CashKind.DIVIDEND_PAID),
    "Payment In Lieu Of Dividends": (CashKind.DIVIDEND, CashKind.DIVIDEND_PAID),
    "Withholding Tax": (CashKind.TAX_REFUND, CashKind.TAX),
    "871(m) Withholding": (CashKind.TAX_REFUND, CashKind.TAX),
    "Broker Interest Received": (CashKind.INTEREST, CashKind.INTEREST_PAID),
    "Broker Interest Paid": (CashKind.INTEREST, CashKind.INTEREST_PAID),
    "Bond Interest Received": (CashKind.INTEREST, CashKind.INTEREST_PAID),
    "Bond Interest Paid": (CashKind.INTEREST, CashKind.INTEREST_PAID),
    "Broker Fees": (CashKind.FEE_REFUND, CashKind.FEE),
    "Other Fees": (CashKind.FEE_REFUND, CashKind.FEE),
    "Advisor Fees": (CashKind.FEE_REFUND, CashKind.FEE),
    "Commission Adjustments": (CashKind.FEE_REFUND, CashKind.FEE),
    "Price Adjustments": (CashKind.FEE_REFUND, CashKind.FEE),
    "Other Income": (CashKind.INTEREST, CashKind.FEE),
    "Deposits/Withdrawals": (CashKind.DEPOSIT, CashKind.WITHDRAWAL),
    "Deposits & Withdrawals": (CashKind.DEPOSIT, CashKind.WITHDRAWAL),
    "Deposits and Withdrawals": (CashKind.DEPOSIT, CashKind.WITHDRAWAL),
}
_WITHOUT_PAPER: Final = frozenset({CashKind.DEPOSIT, CashKind.WITHDRAWAL})


def cash(row: Row) -> Content:
    """Return the movement; each correction of the broker is a movement of its own."""
    kinds = KINDS.get(row.cell("type").required())
    if kinds is None:
        raise row.cell("type").bad("is a type of cash transaction that cannot be imported yet; enter it by hand")
    amount = number(row.cell("amount"))
    if amount == ZERO:
        return Ignored("The amount is zero.")
    kind = kinds[0] if amount > ZERO else kinds[1]
    at = next(
        (row.cell(name) for name in ("dateTime", "settleDate", "reportDate") if row.text(name)), row.cell("dateTime")
    )
    has_paper = bool(row.text("symbol") and row.text("assetCategory")) and kind not in _WITHOUT_PAPER
    transaction = row.text("transactionID")
    return CashEntry(
        kind=kind,
        amount=EXACT.abs(amount),
        currency=Currency(row.cell("currency").required().upper()),
        occurred_at=moment(at),
        value_date=optional_day(row.cell("settleDate")),
        instrument=instrument(
            row.cell("symbol"),
            row.text("listingExchange"),
            asset_class(row.cell("assetCategory")),
            row.cell("currency"),
        )
        if has_paper
        else None,
        isin=isin_of(row) if has_paper else None,
        entry_id=f"ib|{transaction}" if transaction else None,
        notes=row.text("description")[:500] or None,
    )

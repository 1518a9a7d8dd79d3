"""The tables of dividends, taxes, interest, fees, deposits and withdrawals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from adapters.ledger.imports.ib_activity.parse import Row
from adapters.ledger.imports.ib_activity.trades import Papers
from adapters.ledger.imports.interactive_brokers.instruments import UNLISTED
from adapters.ledger.imports.interactive_brokers.values import moment, number
from domain.ledger.cash_kind import CashKind
from domain.ledger.imports.entry import CashEntry
from domain.ledger.imports.fill import is_isin
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import EXACT, ZERO, Currency

# received, paid
_DIVIDEND: Final = (CashKind.DIVIDEND, CashKind.DIVIDEND_PAID)
_TAX: Final = (CashKind.TAX_REFUND, CashKind.TAX)
_INTEREST: Final = (CashKind.INTEREST, CashKind.INTEREST_PAID)
_FEE: Final = (CashKind.FEE_REFUND, CashKind.FEE)
_DEPOSIT: Final = (CashKind.DEPOSIT, CashKind.WITHDRAWAL)
TABLES: Final = {
    "Dividends": _DIVIDEND,
    "Payment In Lieu Of Dividends": _DIVIDEND,
    "Withholding Tax": _TAX,
    "871(m) Withholding": _TAX,
    "Transaction Fees": _TAX,
    "Sales Tax Details": _TAX,
    "Interest": _INTEREST,
    "Broker Interest Paid": _INTEREST,
    "Broker Interest Received": _INTEREST,
    "Bond Interest Received": _INTEREST,
    "Bond Interest Paid": _INTEREST,
    "Fees": _FEE,
    "Other Fees": _FEE,
    "Advisor Fees": _FEE,
    "Commission Adjustments": _FEE,
    "CFD Charges": _FEE,
    "Deposits & Withdrawals": _DEPOSIT,
    "Deposits and Withdrawals": _DEPOSIT,
}
# `AAPL(US0378331005) Cash Dividend USD 0.77 per Share`
_PAPER: Final = re.compile(r"([^()\s][^()]{0,63}?) ?\(([A-Z0-9]{6,20})\) ")
_OF_A_PAPER: Final = frozenset({CashKind.DIVIDEND, CashKind.DIVIDEND_PAID, CashKind.TAX, CashKind.TAX_REFUND})


def movement(row: Row, known: Papers) -> Content:
    """Return the movement that a row of one of these tables says; the tables' sums are ignored."""
    code = row.cell("Currency").required()
    if code.startswith("Total") or row.text("Subtitle").startswith("Total"):
        return Ignored("It adds up rows that are imported.")
    amount = number(row.cell("Amount", "Interest", "Tax"))
    if amount == ZERO:
        return Ignored("The amount is zero.")
    received, paid = TABLES[row.table]
    kind = received if amount > ZERO else paid
    currency = Currency(code.upper())
    notes = row.text("Description")
    paper, isin = paper_of(notes, kind, currency, lambda symbol: _listing(known, symbol))
    return CashEntry(
        kind=kind,
        amount=EXACT.abs(amount),
        currency=currency,
        occurred_at=moment(row.cell("Date", "Settle Date", "Date/Time", "Value Date")),
        instrument=paper,
        isin=isin,
        notes=notes[:500] or None,
    )


def paper_of(
    notes: str, kind: CashKind, currency: Currency, listing: Callable[[str], str]
) -> tuple[InstrumentKey | None, str | None]:
    """Return the paper that a description begins with, for kinds of movements that are about one."""
    match = _PAPER.match(notes) if kind in _OF_A_PAPER else None
    if match is None:
        return None, None
    symbol = str(match[1])
    key = InstrumentKey(symbol, listing(symbol) or UNLISTED, Segment.EQUITY, currency)
    return key, match[2] if is_isin(match[2]) else None


def _listing(known: Papers, symbol: str) -> str:
    paper = known.get(("STOCKS", symbol))
    return "" if paper is None else paper.listing

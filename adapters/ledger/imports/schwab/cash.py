"""Rows that move cash alone; the sign of the amount says which way."""

from __future__ import annotations

from typing import Final

from adapters.ledger.imports.schwab.parse import DOLLAR, NEW_YORK, HistoryRow
from domain.ledger.cash_kind import CashKind
from domain.ledger.imports.entry import CashEntry
from domain.ledger.imports.judging import Content
from domain.ledger.imports.local_time import at_noon
from domain.ledger.imports.verdict import Ignored
from domain.shared.money import EXACT, ZERO

# received, paid
_DIVIDEND: Final = (CashKind.DIVIDEND, CashKind.DIVIDEND_PAID)
_INTEREST: Final = (CashKind.INTEREST, CashKind.INTEREST_PAID)
_TAX: Final = (CashKind.TAX_REFUND, CashKind.TAX)
_FEE: Final = (CashKind.FEE_REFUND, CashKind.FEE)
_PAYMENT: Final = (CashKind.DEPOSIT, CashKind.WITHDRAWAL)

KINDS: Final = {
    # a reinvested dividend is the dividend; what it bought is the row `Reinvest Shares`
    **dict.fromkeys(
        (
            "Qualified Dividend",
            "Cash Dividend",
            "Non-Qualified Div",
            "Special Dividend",
            "Special Qual Div",
            "Special Non Qual Div",
            "Pr Yr Cash Div",
            "Pr Yr Special Div",
            "Pr Yr Div Reinvest",
            "Reinvest Dividend",
            "Qual Div Reinvest",
            "Non-Qual Div Reinvest",
            "Div For Reinvest",
            "Long Term Cap Gain",
            "Short Term Cap Gain",
            "Long Term Cap Gain Reinvest",
            "Short Term Cap Gain Reinvest",
            "Dividend",
        ),
        _DIVIDEND,
    ),
    **dict.fromkeys(("Credit Interest", "Bank Interest", "Bond Interest", "CD Interest", "Margin Interest"), _INTEREST),
    **dict.fromkeys(
        (
            "NRA Tax Adj",
            "NRA Withholding",
            "Pr Yr NRA Tax",
            "Foreign Tax Paid",
            "Foreign Tax Reclaim",
            "IRS Withhold Adj",
            "Tax Withholding",
            "Tax Reversal",
        ),
        _TAX,
    ),
    **dict.fromkeys(("ADR Mgmt Fee", "Service Fee", "Advisor Fee", "Foreign Fee", "Schwab ATM Rebate"), _FEE),
    **dict.fromkeys(
        (
            "MoneyLink Transfer",
            "MoneyLink Deposit",
            "MoneyLink Adj",
            "Wire Sent",
            "Wire Received",
            "Wire Funds",
            "Wire Funds Received",
            "Wire Funds Adj",
            "Wire Transfer",
            "Funds Received",
            "Funds Paid",
            "Electronic Funds Transfer",
            "Misc Cash Entry",
            "Misc Credits",
            "Journal",
            "Journaled Cash",
            "Internal Transfer",
            "Security Transfer",
            "Promotional Award",
            "ATM Withdrawal",
            "Visa Purchase",
            "Bill Pay",
        ),
        _PAYMENT,
    ),
}
_OF_A_PAPER: Final = frozenset({*_DIVIDEND, *_TAX})


def movement(found: HistoryRow) -> Content:
    """Return what moved; an action that is no trade and has no amount moves nothing."""
    if found.amount == ZERO:
        return Ignored("The amount is zero.")
    received, paid = KINDS[found.action]
    kind = received if found.amount > ZERO else paid
    return CashEntry(
        kind=kind,
        amount=EXACT.abs(found.amount),
        currency=DOLLAR,
        occurred_at=at_noon(found.day, NEW_YORK),
        instrument=found.instrument() if kind in _OF_A_PAPER and found.row.text("Symbol") else None,
        sequence=found.sequence,
        notes=found.notes,
    )

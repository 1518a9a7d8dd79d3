"""Why cash moved: one word for each line of a statement."""

from __future__ import annotations

from enum import StrEnum


class CashKind(StrEnum):
    """Why cash moved; each kind goes one way, so that no sign can be mistaken.

    A dividend is paid by who is short of the share, interest by who borrows, and brokers take fees and tax back;
    with these every line of a statement has a name, and none needs an unexplained adjustment.
    """

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    DIVIDEND = "dividend"
    DIVIDEND_PAID = "dividend_paid"
    INTEREST = "interest"
    INTEREST_PAID = "interest_paid"
    FEE = "fee"
    FEE_REFUND = "fee_refund"
    TAX = "tax"
    TAX_REFUND = "tax_refund"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    CONVERSION_IN = "conversion_in"
    CONVERSION_OUT = "conversion_out"

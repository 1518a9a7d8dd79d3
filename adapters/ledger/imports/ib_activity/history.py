"""The transaction history, a statement of one table whose amounts are all in the account's base currency.

A purchase in another currency shows its price in that one and its amounts in the base currency. Where a column names
the price's currency the trade is recorded in it; where none does and the amounts do not fit the price, the row is
refused, since nothing says in which currency the price is.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.ib_activity.cash import paper_of
from adapters.ledger.imports.ib_activity.parse import Row
from adapters.ledger.imports.interactive_brokers.instruments import UNLISTED
from adapters.ledger.imports.interactive_brokers.values import moment, number, optional_number
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored
from domain.ledger.trade import MAX_SEQUENCE
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import EXACT, ZERO, Currency

_SIDES: Final = {"Buy": Side.BUY, "Sell": Side.SELL}
# received, paid
_KINDS: Final = {
    "Dividend": (CashKind.DIVIDEND, CashKind.DIVIDEND_PAID),
    "Payment in Lieu": (CashKind.DIVIDEND, CashKind.DIVIDEND_PAID),
    "Foreign Tax Withholding": (CashKind.TAX_REFUND, CashKind.TAX),
    "Withholding Tax": (CashKind.TAX_REFUND, CashKind.TAX),
    "Sales Tax": (CashKind.TAX_REFUND, CashKind.TAX),
    "Transaction Fee": (CashKind.TAX_REFUND, CashKind.TAX),
    "Credit Interest": (CashKind.INTEREST, CashKind.INTEREST_PAID),
    "Debit Interest": (CashKind.INTEREST, CashKind.INTEREST_PAID),
    "Investment Interest Received": (CashKind.INTEREST, CashKind.INTEREST_PAID),
    "Investment Interest Paid": (CashKind.INTEREST, CashKind.INTEREST_PAID),
    "Other Fee": (CashKind.FEE_REFUND, CashKind.FEE),
    "Commission Adjustment": (CashKind.FEE_REFUND, CashKind.FEE),
    "Advisor Fee": (CashKind.FEE_REFUND, CashKind.FEE),
    "Deposit": (CashKind.DEPOSIT, CashKind.WITHDRAWAL),
    "Withdrawal": (CashKind.DEPOSIT, CashKind.WITHDRAWAL),
    "Electronic Fund Transfer": (CashKind.DEPOSIT, CashKind.WITHDRAWAL),
}
_IGNORED: Final = {
    "Adjustment": "Balances in other currencies are valued anew; no cash moves.",
    "Forex Trade Component": "The history shows of a conversion only what is left in the base currency; "
    "import an activity statement or a Flex query for conversions.",
}


def transaction(row: Row, base: Currency) -> Content | Sequence[Content]:
    """Return what a row of the history says."""
    kind = row.cell("Transaction Type").required()
    if kind in _IGNORED:
        return Ignored(_IGNORED[kind])
    side = _SIDES.get(kind)
    if side is not None:
        return _trade(row, side, base)
    kinds = _KINDS.get(kind)
    if kinds is None:
        raise row.cell("Transaction Type").bad("is a type of transaction that cannot be imported yet; enter it by hand")
    amount = number(row.cell("Net Amount"))
    if amount == ZERO:
        return Ignored("The amount is zero.")
    notes = row.text("Description")
    chosen = kinds[0] if amount > ZERO else kinds[1]
    paper, isin = paper_of(notes, chosen, base, lambda _symbol: "")
    return CashEntry(
        kind=chosen,
        amount=EXACT.abs(amount),
        currency=base,
        occurred_at=moment(row.cell("Date")),
        instrument=paper,
        isin=isin,
        sequence=MAX_SEQUENCE - row.line,
        notes=notes[:500] or None,
    )


def _trade(row: Row, side: Side, base: Currency) -> Sequence[Content]:
    quantity, price = number(row.cell("Quantity")), number(row.cell("Price"))
    if (quantity < ZERO) is not (side is Side.SELL):
        raise row.cell("Quantity").bad(f"has not the sign of a {side.value}")
    gross, commission = number(row.cell("Gross Amount")), optional_number(row.cell("Commission"))
    named = row.text("Price Currency")
    currency = Currency(named.upper()) if named else base
    if not named and EXACT.abs(gross) != EXACT.abs(EXACT.multiply(quantity, price)):
        raise row.cell("Gross Amount").bad(
            f"is not {EXACT.abs(quantity)} x {price}, so the price is in a currency that the file does not name; "
            "import an activity statement or a Flex query"
        )
    at = moment(row.cell("Date"))
    in_fill = commission <= ZERO and currency == base
    fill = Fill(
        instrument=InstrumentKey(row.cell("Symbol").required(), UNLISTED, Segment.EQUITY, currency),
        side=side,
        quantity=EXACT.abs(quantity),
        price=price,
        executed_at=at,
        # the history runs from the newest day to the oldest
        sequence=MAX_SEQUENCE - row.line,
        fees=Fees({FeeKind.BROKERAGE: EXACT.abs(commission) if in_fill else ZERO}),
        notes=row.text("Description")[:500] or None,
    )
    return [fill] if in_fill or commission == ZERO else [fill, _commission(row, commission, base)]


def _commission(row: Row, amount: Decimal, base: Currency) -> CashEntry:
    return CashEntry(
        kind=CashKind.FEE if amount < ZERO else CashKind.FEE_REFUND,
        amount=EXACT.abs(amount),
        currency=base,
        occurred_at=moment(row.cell("Date")),
        notes=f"Commission of {row.text('Symbol')}",
    )

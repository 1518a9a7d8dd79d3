"""Turns transactions of awards into entries.

Shares that vest or are bought under a plan are received at their market value of that day, and a deposit of the same
amount pays for them: no cash is charged, and their cost is what income tax was paid on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.awards import in_kind
from adapters.ledger.imports.dates import month_first
from adapters.ledger.imports.delimited.cells import BadCell, Cell
from adapters.ledger.imports.file_order import FileOrder
from adapters.ledger.imports.format import rows_of
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.schwab.cash import KINDS
from adapters.ledger.imports.schwab.parse import DOLLAR, NEW_YORK
from adapters.ledger.imports.schwab_awards.parse import Detail, Transaction, cell_of, documents, transaction
from adapters.ledger.imports.schwab_awards.sales import sale
from adapters.ledger.imports.schwab_awards.vests import Vests, vests_of
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.imports.entry import CashEntry, Direction, TransferEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.local_time import at_noon
from domain.ledger.imports.verdict import Ignored
from domain.shared.money import EXACT, ZERO

_LAPSE: Final = Ignored("Shares that vested; what was left of them after tax arrives with the deposit.")
_PAYMENTS: Final = (CashKind.DEPOSIT, CashKind.WITHDRAWAL)
_MORE_PAYMENTS: Final = frozenset({"Forced Disbursement", "Disbursement"})
_OF_SHARES: Final = frozenset({"Journal", "Transfer", "Security Transfer"})
_OF_A_PAPER: Final = frozenset({CashKind.DIVIDEND, CashKind.DIVIDEND_PAID, CashKind.TAX, CashKind.TAX_REFUND})


def rows(content: bytes) -> Iterator[ReadRow]:
    """Yield the rows; a transaction's place in the list is its line."""
    found: list[tuple[int, Transaction]] = []
    for number, document in enumerate(documents(content), 1):
        try:
            found.append((number, transaction(document)))
        except BadCell as error:
            yield ReadRow(number, error.problem)
    vests = vests_of(item for _, item in found)
    order = FileOrder.of(found, lambda pair: month_first(pair[1].cell("event_date")))
    for number, item in found:
        yield from rows_of(number, partial(_content, item, order.sequence(number), vests))


def _content(item: Transaction, sequence: int, vests: Vests) -> Content | Sequence[Content]:
    action = item.cell("action").required()
    at = at_noon(month_first(item.cell("event_date")), NEW_YORK)
    if action == "Lapse":
        return _LAPSE
    if action == "Deposit":
        return _deposit(item, sequence)
    if action in {"Sale", "Sell"}:
        return sale(item, at, sequence, vests)
    quantity, money = (optional_amount(item.cell(name)) or ZERO for name in ("quantity", "amount"))
    if action in _OF_SHARES and quantity != ZERO and money == ZERO:
        return _transfer(item, quantity, at, sequence)
    if action not in KINDS and action not in _MORE_PAYMENTS:
        raise item.cell("action").bad("is an action that cannot be imported yet; enter it by hand")
    if money == ZERO:
        return Ignored("The amount is zero.")
    received, paid = KINDS.get(action, _PAYMENTS)
    kind = received if money > ZERO else paid
    return CashEntry(
        kind=kind,
        amount=EXACT.abs(money),
        currency=DOLLAR,
        occurred_at=at,
        instrument=paper(item.symbol, DOLLAR) if kind in _OF_A_PAPER and item.symbol else None,
        sequence=sequence,
        notes=", ".join(text for text in (action, item.description) if text)[:500],
    )


def _deposit(item: Transaction, sequence: int) -> Sequence[Content]:
    if len(item.transaction_details) != 1:
        raise item.cell("action").bad("has not one detail with the market value of the shares")
    (detail,) = item.transaction_details
    day, value = _received(detail)
    quantity = optional_amount(cell_of(detail, "net_shares_deposited")) or amount(item.cell("quantity"))
    fill = Fill(
        instrument=paper(item.cell("symbol").required(), DOLLAR),
        side=Side.BUY,
        quantity=quantity,
        price=amount(value),
        executed_at=at_noon(month_first(day), NEW_YORK),
        sequence=sequence,
        notes=_notes(item, detail),
    )
    return in_kind(fill, CashKind.DEPOSIT)


def _received(detail: Detail) -> tuple[Cell, Cell]:
    """Return the day on which the shares vested or were bought, and their market value then."""
    if detail.purchase_fair_market_value:
        return cell_of(detail, "purchase_date"), cell_of(detail, "purchase_fair_market_value")
    return cell_of(detail, "vest_date"), cell_of(detail, "vest_fair_market_value")


def _notes(item: Transaction, detail: Detail) -> str:
    """Say which award it was, what was paid under a plan, and what was withheld for tax."""
    words = [item.description or "Award"]
    if detail.award_name:
        words.append(f"award {detail.award_name} of {detail.award_date or 'an unknown day'}")
    if detail.purchase_price:
        words.append(f"bought under the plan at {detail.purchase_price}")
    if detail.shares_withheld:
        words.append(f"{detail.shares_withheld} shares withheld for tax")
    return ", ".join(words)[:500]


def _transfer(item: Transaction, quantity: Decimal, at: datetime, sequence: int) -> TransferEntry:
    description = item.description or ""
    is_out = quantity < ZERO or " to " in f" {description.lower()} "
    return TransferEntry(
        instrument=paper(item.cell("symbol").required(), DOLLAR),
        direction=Direction.OUT if is_out else Direction.IN,
        quantity=EXACT.abs(quantity),
        transferred_at=at,
        counterparty=description or item.cell("action").text,
        sequence=sequence,
    )

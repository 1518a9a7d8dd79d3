"""Shares that an employer or a platform gives: received at their market value, without a payment.

Their cost is what they were worth on that day, since that is what income tax is paid on and what later gains are
measured from. No cash moves: a purchase at that value is paid for by a deposit of the same amount, which is the award.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.ledger.imports.totals import value_of
from domain.ledger.cash_kind import CashKind
from domain.ledger.imports.entry import CashEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content
from domain.shared.money import EXACT, ZERO


def in_kind(fill: Fill, kind: CashKind, entry_id: str | None = None) -> Sequence[Content]:
    """Return the purchase, and the deposit or the income of its value that pays for it, unless it is worth none."""
    value = EXACT.add(value_of(fill.quantity, fill.price), fill.fees.total)
    if value == ZERO:
        return [fill]
    paid = CashEntry(
        kind=kind,
        amount=value,
        currency=fill.instrument.currency,
        occurred_at=fill.executed_at,
        instrument=None if kind is CashKind.DEPOSIT else fill.instrument,
        isin=None if kind is CashKind.DEPOSIT else fill.isin,
        entry_id=entry_id,
        sequence=fill.sequence,
        notes=fill.notes,
    )
    return [fill, paid]

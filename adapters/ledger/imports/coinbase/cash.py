"""Rows about currencies and coins that stand for them: payments and income."""

from __future__ import annotations

from adapters.ledger.imports.coinbase.parse import HistoryRow
from domain.ledger.cash_kind import CashKind
from domain.ledger.imports.entry import CashEntry, Direction
from domain.ledger.imports.judging import Content
from domain.shared.money import ZERO, Currency


def cash_row(found: HistoryRow, direction: Direction | None) -> Content | list[Content]:
    """Return what moved; what came without having been sent is income."""
    kinds = {Direction.IN: CashKind.DEPOSIT, Direction.OUT: CashKind.WITHDRAWAL, None: CashKind.INTEREST}
    moved = _entry(found, kinds[direction])
    # fees are in the currency of prices, which a row about another one does not pay them in
    if direction is None or found.fees == ZERO or found.currency.code != found.asset:
        return moved
    fee = CashEntry(
        kind=CashKind.FEE,
        amount=found.fees,
        currency=found.currency,
        occurred_at=found.at,
        sequence=found.sequence,
        entry_id=None if found.entry_id is None else f"{found.entry_id}|fee",
        notes=f"Fee of {found.kind.lower()}",
    )
    return [moved, fee]


def _entry(found: HistoryRow, kind: CashKind) -> CashEntry:
    return CashEntry(
        kind=kind,
        amount=found.quantity,
        currency=Currency(found.asset),
        occurred_at=found.at,
        sequence=found.sequence,
        entry_id=found.entry_id,
        notes=found.notes,
    )

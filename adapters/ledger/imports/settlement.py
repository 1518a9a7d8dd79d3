"""Trades that an account settles in another currency than the paper's: the conversion that paid for them."""

from __future__ import annotations

from adapters.ledger.imports.totals import value_of
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.shared.money import EXACT


def conversion_for(fill: Fill, settled: CashLeg, entry_id: str | None) -> CashEntry:
    """Return the conversion between what was settled and what the fill moves, of which nothing is left then."""
    value, fees = value_of(fill.quantity, fill.price), fill.fees.total
    is_buy = fill.side is Side.BUY
    traded = CashLeg(EXACT.add(value, fees) if is_buy else EXACT.subtract(value, fees), fill.instrument.currency)
    given, got = (settled, traded) if is_buy else (traded, settled)
    return CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=given.amount,
        currency=given.currency,
        received=got,
        occurred_at=fill.executed_at,
        sequence=fill.sequence,
        entry_id=entry_id,
        notes=f"Conversion for {fill.instrument.symbol}",
    )

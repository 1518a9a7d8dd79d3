"""Turns an exported movement of cash into an entry that has all that was recorded, and names the movement it was."""

from __future__ import annotations

from adapters.ledger.imports.tapedeck.parse import ExportedRow
from adapters.ledger.imports.tapedeck.values import id_of, instant_of, number, optional, optional_day, required, word
from domain.ledger.cash_kind import CashKind
from domain.ledger.imports.entry import CashEntry, CashLeg, CashOrigin
from domain.ledger.imports.fill import exported_name
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored
from domain.shared.ids import AccountId, CashMovementId, TradeId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import ZERO, Currency


def translate(row: ExportedRow) -> Content:
    """Return the entry; raise BadCell or Invalid, naming the column, if the row is none."""
    kind = word(row.cell("kind"), CashKind)
    counterpart = row.cell("counterpartId")
    if kind is CashKind.CONVERSION_IN and counterpart.text:
        return Ignored(f"The row of {counterpart.text[:48]} tells both sides of this conversion.")
    movement_id = CashMovementId(id_of(row.cell("cashMovementId")))
    reinvested = row.cell("reinvestedTradeId")
    return CashEntry(
        kind=kind,
        amount=number(row.cell("amount")),
        currency=Currency(required(row, "currency")),
        occurred_at=instant_of(row.cell("occurredAt")),
        tax=optional(row.cell("taxWithheld")) or ZERO,
        instrument=_instrument(row),
        isin=row.text("isin"),
        received=_received(row) if kind is CashKind.CONVERSION_OUT else None,
        value_date=optional_day(row.cell("valueDate")),
        entry_id=exported_name(movement_id),
        notes=row.text("notes"),
        origin=CashOrigin(
            movement_id=movement_id,
            account_id=AccountId(id_of(row.cell("accountId"))),
            reinvested_in=TradeId(id_of(reinvested)) if reinvested.text else None,
            multiplier=optional(row.cell("multiplier")),
        ),
    )


def _instrument(row: ExportedRow) -> InstrumentKey | None:
    symbol = row.text("symbol")
    if symbol is None:
        return None
    return InstrumentKey(
        symbol,
        required(row, "exchange"),
        word(row.cell("segment"), Segment),
        Currency(required(row, "instrumentCurrency")),
    )


def _received(row: ExportedRow) -> CashLeg:
    return CashLeg(
        number(row.cell("received.amount")),
        Currency(required(row, "received.currency")),
        optional_day(row.cell("received.valueDate")),
        row.text("received.notes"),
    )

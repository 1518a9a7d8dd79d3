"""From the fills of a file to trades, with the ledger's own rules applied to each row early."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from application.ledger.entries import InstrumentTerms, TradeEntry
from application.ledger.imports.renaming import Renamed
from domain.ledger.cash import CashDetails
from domain.ledger.imports.entry import CashEntry, Entry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.identity import time_of
from domain.ledger.imports.judging import ReadRow
from domain.ledger.imports.tradebook_import import Import
from domain.ledger.imports.verdict import Ignored, RowProblem
from domain.ledger.trade import TradeDetails
from domain.shared.errors import Invalid
from domain.shared.ids import InstrumentId
from domain.shared.instrument import InstrumentKey

# the rules about a trade's details do not ask which instrument it is in
_ANY_INSTRUMENT: Final = InstrumentId(UUID(int=0))
_CLOCK_TOLERANCE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReadyFill:
    """A row that is to become a trade."""

    id: UUID
    line: int
    fill: Fill
    source_key: str


def checked(row: ReadRow, now: datetime) -> ReadRow:
    """Return the row, or the reason why its entry cannot be recorded."""
    if isinstance(row.content, (RowProblem, Ignored)):
        return row
    try:
        _check(row.content, now)
    except Invalid as error:
        field = error.details.get("field")
        return ReadRow(row.line, RowProblem(field if isinstance(field, str) else None, error.message), row.part)
    return row


def trade_entry(item: Import, row: ReadyFill, instrument: InstrumentKey, renamed: Renamed) -> TradeEntry:
    """Return the trade to record in the instrument; rows of one time without a number keep the file's order."""
    fill = row.fill
    return TradeEntry(
        account_id=item.account_id,
        instrument=InstrumentTerms(
            key=instrument,
            multiplier=fill.multiplier,
            tick_size=fill.tick_size,
            lot_size=fill.lot_size,
            isin=fill.isin,
        ),
        side=fill.side,
        quantity=fill.quantity,
        price=fill.price,
        executed_at=fill.executed_at,
        fees=fill.fees,
        settlement_date=fill.settlement_date,
        category=fill.category,
        strategy=fill.strategy,
        tags=fill.tags,
        notes=fill.notes if instrument.exchange == fill.instrument.exchange else _noted(fill),
        broker_trade_id=fill.broker_trade_id,
        broker_order_id=fill.broker_order_id,
        attachments=fill.attachments,
        sequence=row.line if fill.sequence is None else fill.sequence,
        lot_selection=renamed.selection(fill),
        source_key=row.source_key,
        import_id=item.id,
        trade_id=None if fill.origin is None else renamed.trades.get(fill.origin.trade_id),
    )


def _noted(fill: Fill) -> str:
    place = f"Executed on {fill.instrument.exchange}"
    return place if fill.notes is None else f"{fill.notes}, {place}"


def _check(entry: Entry, now: datetime) -> None:
    if isinstance(entry, Fill):
        _check_fill(entry)
    if isinstance(entry, CashEntry):
        _check_cash(entry)
    happened = time_of(entry)
    if happened > now + _CLOCK_TOLERANCE:
        raise Invalid(f"{happened.isoformat()} lies in the future.", field="executedAt")


def _check_cash(entry: CashEntry) -> None:
    CashDetails(
        kind=entry.kind,
        amount=entry.amount,
        currency=entry.currency,
        occurred_at=entry.occurred_at,
        tax=entry.tax,
        value_date=entry.value_date,
        notes=entry.notes,
    )
    if entry.received is not None and entry.received.currency == entry.currency:
        raise Invalid(f"{entry.currency} into {entry.currency} is no conversion.", field="currency")


def _check_fill(fill: Fill) -> None:
    TradeDetails(
        instrument_id=_ANY_INSTRUMENT,
        side=fill.side,
        quantity=fill.quantity,
        price=fill.price,
        executed_at=fill.executed_at,
        fees=fill.fees,
        settlement_date=fill.settlement_date,
        category=fill.category,
        strategy=fill.strategy,
        tags=fill.tags,
        notes=fill.notes,
        broker_trade_id=fill.broker_trade_id,
        broker_order_id=fill.broker_order_id,
        attachments=fill.attachments,
        sequence=fill.sequence or 0,
        lot_selection=fill.lot_selection,
    )

"""Entries as rows of imports keep them: JSON in which decimals are texts and lose nothing."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

import msgspec
from msgspec import Struct

from domain.ledger.action_terms import ActionKind, kind_of, terms_type
from domain.ledger.cash_kind import CashKind
from domain.ledger.category import Category
from domain.ledger.execution import LotSelection, Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import ActionEntry, CashEntry, CashLeg, CashOrigin, Direction, Entry, TransferEntry
from domain.ledger.imports.fill import Fill, Origin
from domain.ledger.imports.identity import EntryKind
from domain.shared.ids import AccountId, CashMovementId, TradeId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import ZERO, Currency


class KeyData(Struct, frozen=True):
    """An instrument's key."""

    symbol: str
    exchange: str
    segment: Segment
    currency: str


class FillData(Struct, frozen=True, omit_defaults=True):
    """A fill inside a row; decimals are texts and lose nothing."""

    symbol: str
    exchange: str
    segment: Segment
    currency: str
    side: Side
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    fill_id: str | None = None
    sequence: int | None = None
    isin: str | None = None
    multiplier: Decimal | None = None
    fees: dict[FeeKind, Decimal] | None = None
    settlement_date: date | None = None
    category: Category | None = None
    strategy: str | None = None
    tags: list[str] | None = None
    notes: str | None = None
    broker_trade_id: str | None = None
    broker_order_id: str | None = None
    attachments: list[str] | None = None
    tick_size: Decimal | None = None
    lot_size: Decimal | None = None
    lot_selection: list[tuple[UUID, Decimal]] | None = None
    origin_trade: UUID | None = None
    origin_account: UUID | None = None


class CashData(Struct, frozen=True, omit_defaults=True):
    """A movement of cash inside a row; the received side of a conversion is flat."""

    kind: CashKind
    amount: Decimal
    currency: str
    occurred_at: datetime
    tax: Decimal = ZERO
    instrument: KeyData | None = None
    isin: str | None = None
    received_amount: Decimal | None = None
    received_currency: str | None = None
    value_date: date | None = None
    entry_id: str | None = None
    sequence: int | None = None
    notes: str | None = None
    received_value_date: date | None = None
    received_notes: str | None = None
    origin_movement: UUID | None = None
    origin_account: UUID | None = None
    reinvested_in: UUID | None = None
    multiplier: Decimal | None = None


class ActionData(Struct, frozen=True, omit_defaults=True):
    """A corporate action inside a row; its terms are those of its kind."""

    instrument: KeyData
    kind: ActionKind
    terms: dict[str, object]
    effective_at: datetime
    isin: str | None = None
    into: KeyData | None = None
    into_isin: str | None = None
    multiplier: Decimal | None = None
    into_multiplier: Decimal | None = None
    entry_id: str | None = None
    sequence: int | None = None
    notes: str | None = None


class TransferData(Struct, frozen=True, omit_defaults=True):
    """A transfer of securities inside a row."""

    instrument: KeyData
    direction: Direction
    quantity: Decimal
    transferred_at: datetime
    counterparty: str
    isin: str | None = None
    multiplier: Decimal | None = None
    entry_id: str | None = None
    sequence: int | None = None
    notes: str | None = None


EntryData: TypeAlias = FillData | CashData | ActionData | TransferData


def entry_data(entry: Entry) -> EntryData:
    """Return the entry as it is stored."""
    match entry:
        case Fill():
            return _fill_data(entry)
        case CashEntry():
            return _cash_data(entry)
        case ActionEntry():
            return _action_data(entry)
        case TransferEntry():
            return _transfer_data(entry)


def entry_of(kind: EntryKind, stored: str) -> Entry:
    """Return the entry that a row of the kind holds, which is the text of its JSON."""
    match kind:
        case EntryKind.FILL:
            return _fill_of(msgspec.json.decode(stored, type=FillData))
        case EntryKind.CASH:
            return _cash_of(msgspec.json.decode(stored, type=CashData))
        case EntryKind.ACTION:
            return _action_of(msgspec.json.decode(stored, type=ActionData))
        case EntryKind.TRANSFER:
            return _transfer_of(msgspec.json.decode(stored, type=TransferData))


def _fill_data(fill: Fill) -> FillData:
    return FillData(
        symbol=fill.instrument.symbol,
        exchange=fill.instrument.exchange,
        segment=fill.instrument.segment,
        currency=fill.instrument.currency.code,
        side=fill.side,
        quantity=fill.quantity,
        price=fill.price,
        executed_at=fill.executed_at,
        fill_id=fill.fill_id,
        sequence=fill.sequence,
        isin=fill.isin,
        multiplier=fill.multiplier,
        fees=dict(fill.fees.by_kind) or None,
        settlement_date=fill.settlement_date,
        category=fill.category,
        strategy=fill.strategy,
        tags=list(fill.tags) or None,
        notes=fill.notes,
        broker_trade_id=fill.broker_trade_id,
        broker_order_id=fill.broker_order_id,
        attachments=list(fill.attachments) or None,
        tick_size=fill.tick_size,
        lot_size=fill.lot_size,
        lot_selection=[(lot_id, quantity) for lot_id, quantity in fill.lot_selection] or None,
        origin_trade=None if fill.origin is None else fill.origin.trade_id,
        origin_account=None if fill.origin is None else fill.origin.account_id,
    )


def _fill_of(data: FillData) -> Fill:
    origin = None
    if data.origin_trade is not None and data.origin_account is not None:
        origin = Origin(TradeId(data.origin_trade), AccountId(data.origin_account))
    return Fill(
        instrument=InstrumentKey(data.symbol, data.exchange, data.segment, Currency(data.currency)),
        side=data.side,
        quantity=data.quantity,
        price=data.price,
        executed_at=data.executed_at,
        fill_id=data.fill_id,
        sequence=data.sequence,
        isin=data.isin,
        multiplier=data.multiplier,
        fees=Fees(data.fees or {}),
        settlement_date=data.settlement_date,
        category=data.category,
        strategy=data.strategy,
        tags=tuple(data.tags or ()),
        notes=data.notes,
        broker_trade_id=data.broker_trade_id,
        broker_order_id=data.broker_order_id,
        attachments=tuple(data.attachments or ()),
        tick_size=data.tick_size,
        lot_size=data.lot_size,
        lot_selection=tuple(LotSelection(lot_id, quantity) for lot_id, quantity in data.lot_selection or ()),
        origin=origin,
    )


def _cash_data(entry: CashEntry) -> CashData:
    received, origin = entry.received, entry.origin
    return CashData(
        kind=entry.kind,
        amount=entry.amount,
        currency=entry.currency.code,
        occurred_at=entry.occurred_at,
        tax=entry.tax,
        instrument=None if entry.instrument is None else _key_data(entry.instrument),
        isin=entry.isin,
        received_amount=None if received is None else received.amount,
        received_currency=None if received is None else received.currency.code,
        value_date=entry.value_date,
        entry_id=entry.entry_id,
        sequence=entry.sequence,
        notes=entry.notes,
        received_value_date=None if received is None else received.value_date,
        received_notes=None if received is None else received.notes,
        origin_movement=None if origin is None else origin.movement_id,
        origin_account=None if origin is None else origin.account_id,
        reinvested_in=None if origin is None else origin.reinvested_in,
        multiplier=None if origin is None else origin.multiplier,
    )


def _cash_of(data: CashData) -> CashEntry:
    received = None
    if data.received_amount is not None and data.received_currency is not None:
        received = CashLeg(
            data.received_amount, Currency(data.received_currency), data.received_value_date, data.received_notes
        )
    return CashEntry(
        kind=data.kind,
        amount=data.amount,
        currency=Currency(data.currency),
        occurred_at=data.occurred_at,
        tax=data.tax,
        instrument=None if data.instrument is None else _key_of(data.instrument),
        isin=data.isin,
        received=received,
        value_date=data.value_date,
        entry_id=data.entry_id,
        sequence=data.sequence,
        notes=data.notes,
        origin=_cash_origin(data),
    )


def _cash_origin(data: CashData) -> CashOrigin | None:
    if data.origin_movement is None or data.origin_account is None:
        return None
    return CashOrigin(
        movement_id=CashMovementId(data.origin_movement),
        account_id=AccountId(data.origin_account),
        reinvested_in=None if data.reinvested_in is None else TradeId(data.reinvested_in),
        multiplier=data.multiplier,
    )


def _action_data(entry: ActionEntry) -> ActionData:
    return ActionData(
        instrument=_key_data(entry.instrument),
        kind=kind_of(entry.terms),
        terms={field.name: getattr(entry.terms, field.name) for field in fields(entry.terms)},
        effective_at=entry.effective_at,
        isin=entry.isin,
        into=None if entry.into is None else _key_data(entry.into),
        into_isin=entry.into_isin,
        multiplier=entry.multiplier,
        into_multiplier=entry.into_multiplier,
        entry_id=entry.entry_id,
        sequence=entry.sequence,
        notes=entry.notes,
    )


def _action_of(data: ActionData) -> ActionEntry:
    return ActionEntry(
        instrument=_key_of(data.instrument),
        terms=msgspec.convert(data.terms, terms_type(data.kind)),
        effective_at=data.effective_at,
        isin=data.isin,
        into=None if data.into is None else _key_of(data.into),
        into_isin=data.into_isin,
        multiplier=data.multiplier,
        into_multiplier=data.into_multiplier,
        entry_id=data.entry_id,
        sequence=data.sequence,
        notes=data.notes,
    )


def _transfer_data(entry: TransferEntry) -> TransferData:
    return TransferData(
        instrument=_key_data(entry.instrument),
        direction=entry.direction,
        quantity=entry.quantity,
        transferred_at=entry.transferred_at,
        counterparty=entry.counterparty,
        isin=entry.isin,
        multiplier=entry.multiplier,
        entry_id=entry.entry_id,
        sequence=entry.sequence,
        notes=entry.notes,
    )


def _transfer_of(data: TransferData) -> TransferEntry:
    return TransferEntry(
        instrument=_key_of(data.instrument),
        direction=data.direction,
        quantity=data.quantity,
        transferred_at=data.transferred_at,
        counterparty=data.counterparty,
        isin=data.isin,
        multiplier=data.multiplier,
        entry_id=data.entry_id,
        sequence=data.sequence,
        notes=data.notes,
    )


def _key_data(key: InstrumentKey) -> KeyData:
    return KeyData(key.symbol, key.exchange, key.segment, key.currency.code)


def _key_of(data: KeyData) -> InstrumentKey:
    return InstrumentKey(data.symbol, data.exchange, data.segment, Currency(data.currency))

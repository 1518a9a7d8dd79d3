"""Trades as lists show them, which nobody reckons with: numbers are the plain texts that go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from domain.ledger.category import Category
from domain.ledger.execution import LotSelection, Side
from domain.shared.ids import AccountId, ImportId, InstrumentId, TradeId
from domain.shared.instrument import Segment


class InstrumentLine(NamedTuple):
    """The instrument of a trade in a list."""

    id: InstrumentId
    symbol: str
    exchange: str
    segment: Segment
    currency: str
    multiplier: str
    tick_size: str | None
    lot_size: str | None
    isin: str | None


class TradeLine(NamedTuple):
    """A trade in a list: `TradeView` in the form in which it is told; `fees` are by the names of their kinds."""

    id: TradeId
    account_id: AccountId
    instrument: InstrumentLine
    side: Side
    quantity: str
    price: str
    fees: Mapping[str, str]
    fees_total: str
    executed_at: datetime
    sequence: int
    settlement_date: date | None
    category: Category | None
    strategy: str | None
    tags: Sequence[str]
    notes: str | None
    attachments: Sequence[str]
    broker_trade_id: str | None
    broker_order_id: str | None
    import_id: ImportId | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None
    lot_selection: Sequence[LotSelection]

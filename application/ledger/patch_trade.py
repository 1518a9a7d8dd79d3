"""Change some of what is said about a trade and keep the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Literal, TypeAlias, TypeVar

from application.ledger import amending
from application.ledger.entries import InstrumentTerms, TradeEntry
from application.ledger.ports import LedgerUnits
from application.ledger.views import TradeView
from application.shared.ports import Clock, IdFactory
from domain.ledger.category import Category
from domain.ledger.execution import LotSelection, Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.trade import Trade
from domain.shared.access import Actor, Scope
from domain.shared.ids import TradeId
from domain.shared.instrument import Instrument

T = TypeVar("T")


class Keep(Enum):
    """Stands for a value that a patch does not speak of; None clears."""

    KEEP = "keep"


KEEP: Literal[Keep.KEEP] = Keep.KEEP
Kept: TypeAlias = Literal[Keep.KEEP]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePatch:
    """What to change. `instrument` is replaced as a whole; `fees` are merged by kind, None clearing one or all."""

    instrument: InstrumentTerms | Kept = KEEP
    side: Side | Kept = KEEP
    quantity: Decimal | Kept = KEEP
    price: Decimal | Kept = KEEP
    executed_at: datetime | Kept = KEEP
    fees: Mapping[FeeKind, Decimal | None] | Kept | None = KEEP
    settlement_date: date | Kept | None = KEEP
    category: Category | Kept | None = KEEP
    strategy: str | Kept | None = KEEP
    tags: tuple[str, ...] | Kept = KEEP
    notes: str | Kept | None = KEEP
    attachments: tuple[str, ...] | Kept = KEEP
    broker_trade_id: str | Kept | None = KEEP
    broker_order_id: str | Kept | None = KEEP
    sequence: int | Kept = KEEP
    lot_selection: tuple[LotSelection, ...] | Kept = KEEP


@dataclass(frozen=True, slots=True)
class PatchTradeCommand:
    """Which trade, the version the caller read, and what to change."""

    trade_id: TradeId
    expected: int
    patch: TradePatch


@dataclass(frozen=True, slots=True)
class PatchTrade:
    """Merges a patch into a trade."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: PatchTradeCommand) -> TradeView:
        """Return the trade; raise NotFound, VersionConflict, Conflict, Invalid, DuplicateTrade or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        async with self.units(actor.organisation_id) as unit:
            trade = await unit.trades.get(command.trade_id)
            trade, before = await amending.load(unit, trade, command.expected)
            entry = merged(trade, before, command.patch)
            view = await amending.amend(unit, trade, before, entry, now=self.clock.now(), ids=self.ids)
            await unit.commit()
        return view


def merged(trade: Trade, instrument: Instrument, patch: TradePatch) -> TradeEntry:
    """Return the entry that the trade would be after the patch."""
    now = trade.details
    return TradeEntry(
        account_id=trade.account_id,
        instrument=_or(patch.instrument, InstrumentTerms(key=instrument.key)),
        side=_or(patch.side, now.side),
        quantity=_or(patch.quantity, now.quantity),
        price=_or(patch.price, now.price),
        executed_at=_or(patch.executed_at, now.executed_at),
        fees=_fees(patch.fees, now.fees),
        settlement_date=_or(patch.settlement_date, now.settlement_date),
        category=_or(patch.category, now.category),
        strategy=_or(patch.strategy, now.strategy),
        tags=_or(patch.tags, now.tags),
        notes=_or(patch.notes, now.notes),
        attachments=_or(patch.attachments, now.attachments),
        broker_trade_id=_or(patch.broker_trade_id, now.broker_trade_id),
        broker_order_id=_or(patch.broker_order_id, now.broker_order_id),
        sequence=_or(patch.sequence, now.sequence),
        lot_selection=_or(patch.lot_selection, now.lot_selection),
    )


def _or(new: T | Kept, old: T) -> T:
    return old if new is KEEP else new


def _fees(new: Mapping[FeeKind, Decimal | None] | Kept | None, old: Fees) -> Fees:
    if new is KEEP:
        return old
    if new is None:
        return Fees()
    amounts: dict[FeeKind, Decimal | None] = {**old.by_kind, **new}
    return Fees({kind: amount for kind, amount in amounts.items() if amount is not None})

"""What reads return: flat values straight from the store, without passing through the domain's rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from domain.ledger.account import Account
from domain.ledger.category import Category
from domain.ledger.conversion import Converted
from domain.ledger.disposal import Basis
from domain.ledger.execution import LotSelection, Side
from domain.ledger.fees import FeeKind
from domain.ledger.lot import Direction
from domain.ledger.method import CostMethod
from domain.ledger.pnl import Mark, MarketSays, PriceSource, Realised
from domain.ledger.round_trip import TripState
from domain.ledger.trade import Trade
from domain.shared.ids import AccountId, ImportId, InstrumentId, TradeId
from domain.shared.instrument import Instrument, Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account."""

    id: AccountId
    broker: str
    label: str
    currency: str
    time_zone: str
    shorting: bool
    version: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    cost_method: CostMethod
    locked_through: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentView:
    """An instrument with its contract's terms."""

    id: InstrumentId
    symbol: str
    exchange: str
    segment: Segment
    currency: str
    multiplier: Decimal
    tick_size: Decimal | None
    lot_size: Decimal | None
    isin: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceView:
    """The price of an instrument, since when it holds and who says so; `version` only for a user's own."""

    instrument: InstrumentView
    price: Decimal
    as_of: datetime
    source: PriceSource
    version: int | None
    market: MarketSays | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeView:
    """A trade with its instrument."""

    id: TradeId
    account_id: AccountId
    instrument: InstrumentView
    side: Side
    quantity: Decimal
    price: Decimal
    fees: Mapping[FeeKind, Decimal]
    fees_total: Decimal
    executed_at: datetime
    sequence: int
    settlement_date: date | None
    category: Category | None
    strategy: str | None
    tags: tuple[str, ...]
    notes: str | None
    attachments: tuple[str, ...]
    broker_trade_id: str | None
    broker_order_id: str | None
    import_id: ImportId | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None
    lot_selection: tuple[LotSelection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkView:
    """What a quantity is worth at the last known price. The price says where it comes from."""

    price: Decimal
    as_of: datetime
    source: PriceSource
    market_value: Decimal
    unrealised: Decimal
    market: MarketSays | None = None

    @property
    def mark(self) -> Mark:
        """The price alone."""
        return Mark(self.price, self.as_of, self.source, self.market)


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """One account in one instrument. Without a price `mark` is None: the position is unpriced, not worthless."""

    id: UUID
    account_id: AccountId
    instrument: InstrumentView
    quantity: Decimal
    open_cost: Decimal
    realised: Decimal
    fees: Decimal
    unmatched_quantity: Decimal
    unmatched_proceeds: Decimal
    trade_count: int
    last_executed_at: datetime | None
    mark: MarkView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionTotalView:
    """One instrument over all accounts."""

    instrument: InstrumentView
    accounts: int
    quantity: Decimal
    open_cost: Decimal
    realised: Decimal
    fees: Decimal
    unmatched_quantity: Decimal
    unmatched_proceeds: Decimal
    mark: MarkView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """What one trade opened and what is left of it; its id is the trade's, unless an event made it of such a lot."""

    id: UUID
    account_id: AccountId
    instrument: InstrumentView
    direction: Direction
    quantity: Decimal
    price: Decimal
    fee: Decimal
    opened_at: datetime
    left_quantity: Decimal
    left_fee: Decimal
    left_cost: Decimal
    closed_at: datetime | None
    trade_id: UUID
    event_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchView:
    """The part of one lot that a disposal closed."""

    lot_id: UUID
    quantity: Decimal
    open_price: Decimal
    open_fee: Decimal
    close_fee: Decimal
    cost: Decimal
    proceeds: Decimal
    realised: Decimal
    opened_at: datetime
    held_for: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalView:
    """What one trade closed, with its lots; its id is the trade's."""

    id: UUID
    account_id: AccountId
    instrument: InstrumentView
    direction: Direction
    quantity: Decimal
    price: Decimal
    closed_at: datetime
    basis: Basis
    matched_quantity: Decimal
    unmatched_quantity: Decimal
    unmatched_proceeds: Decimal
    proceeds: Decimal
    cost: Decimal | None
    realised: Decimal | None
    fees: Decimal
    matches: tuple[MatchView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTripView:
    """What a position did from flat to flat; its id is the opening trade's."""

    id: UUID
    account_id: AccountId
    instrument: InstrumentView
    direction: Direction
    state: TripState
    opened_at: datetime
    closed_at: datetime | None
    held_for: timedelta | None
    max_quantity: Decimal
    entry_quantity: Decimal
    average_entry_price: Decimal
    exit_quantity: Decimal
    average_exit_price: Decimal | None
    fees: Decimal
    realised: Decimal
    trade_count: int
    last_trade_id: TradeId


@dataclass(frozen=True, slots=True, kw_only=True)
class PnlView:
    """Profit and loss in one currency.

    `priced` positions make up the unrealised part; `unpriced` ones are in no sum. `converted` tells
    both in other currencies, if that was asked for.
    """

    realised: Realised
    market_value: Decimal
    open_cost: Decimal
    unrealised: Decimal
    priced: tuple[PositionView, ...]
    unpriced: tuple[PositionView, ...]
    converted: tuple[Converted, ...] | None = None

    @property
    def is_simulated(self) -> bool:
        """Whether any of the prices is made up."""
        markets = (each.mark.market for each in self.priced if each.mark is not None)
        return any(market is not None and market.is_simulated for market in markets)


def instrument_view(instrument: Instrument) -> InstrumentView:
    """Show an instrument."""
    return InstrumentView(
        id=instrument.id,
        symbol=instrument.key.symbol,
        exchange=instrument.key.exchange,
        segment=instrument.key.segment,
        currency=instrument.key.currency.code,
        multiplier=instrument.multiplier,
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        isin=instrument.isin,
    )


def view_of(trade: Trade, instrument: Instrument) -> TradeView:
    """Show a trade as a read would."""
    details = trade.details
    return TradeView(
        id=trade.id,
        account_id=trade.account_id,
        instrument=instrument_view(instrument),
        side=details.side,
        quantity=details.quantity,
        price=details.price,
        fees=details.fees.by_kind,
        fees_total=details.fees.total,
        executed_at=details.executed_at,
        sequence=details.sequence,
        settlement_date=details.settlement_date,
        category=details.category,
        strategy=details.strategy,
        tags=details.tags,
        notes=details.notes,
        attachments=details.attachments,
        broker_trade_id=details.broker_trade_id,
        broker_order_id=details.broker_order_id,
        import_id=trade.import_id,
        version=trade.version,
        created_at=trade.created_at,
        updated_at=trade.updated_at,
        voided_at=trade.voided_at,
        void_reason=trade.void_reason,
        lot_selection=details.lot_selection,
    )


def account_view(account: Account) -> AccountView:
    """Show an account."""
    details = account.details
    return AccountView(
        id=account.id,
        broker=details.broker,
        label=details.label,
        currency=details.currency.code,
        time_zone=details.time_zone,
        shorting=details.shorting,
        version=account.version,
        created_at=account.created_at,
        updated_at=account.updated_at,
        closed_at=account.closed_at,
        cost_method=details.cost_method,
        locked_through=details.locked_through,
    )

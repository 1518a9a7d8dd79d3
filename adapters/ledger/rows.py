"""The rows of the ledger's tables as structs, member for column, and what they mean in the domain.

One struct serves both ways: rows are read into it by position, and written from it as JSON, which
PostgreSQL takes apart again (`bulk`). Texts of enumerations become members only on the way to the domain.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from application.ledger.ports import Pair
from domain.ledger.account import Account, AccountDetails
from domain.ledger.category import Category
from domain.ledger.disposal import Disposal, Match
from domain.ledger.execution import Execution, Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.lot import Direction, Lot
from domain.ledger.position import Position
from domain.ledger.round_trip import RoundTrip
from domain.ledger.trade import Trade, TradeDetails
from domain.shared.ids import AccountId, ImportId, InstrumentId, OrganisationId, TradeId
from domain.shared.instrument import Instrument, InstrumentKey, Segment
from domain.shared.money import EXACT, ZERO, Currency

# reading an enumeration by value costs ten times a look-up here
_SIDES: dict[str, Side] = {side.value: side for side in Side}
_DIRECTIONS: dict[str, Direction] = {direction.value: direction for direction in Direction}


class AccountRow(Struct, frozen=True):
    """A row of `accounts`."""

    id: UUID
    broker: str
    label: str
    currency: str
    time_zone: str
    shorting: bool
    version: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


class InstrumentRow(Struct, frozen=True):
    """A row of `instruments`."""

    id: UUID
    symbol: str
    exchange: str
    segment: str
    currency: str
    multiplier: Decimal
    tick_size: Decimal | None
    lot_size: Decimal | None
    isin: str | None
    created_at: datetime


class TradeRow(Struct, frozen=True):
    """A row of `trades`."""

    id: UUID
    account_id: UUID
    instrument_id: UUID
    side: str
    quantity: Decimal
    price: Decimal
    fees: dict[str, str]
    fees_total: Decimal
    executed_at: datetime
    sequence: int
    settlement_date: date | None
    category: str | None
    strategy: str | None
    tags: list[str]
    notes: str | None
    attachments: list[str]
    broker_trade_id: str | None
    broker_order_id: str | None
    source_key: str | None
    import_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None


class PositionRow(Struct, frozen=True):
    """A row of `positions` as far as a running position carries it."""

    account_id: UUID
    instrument_id: UUID
    quantity: Decimal
    open_cost: Decimal
    cash_in: Decimal
    cash_out: Decimal
    realised: Decimal
    fees: Decimal
    unmatched_quantity: Decimal
    unmatched_proceeds: Decimal
    trade_count: int
    disposal_count: int
    last_executed_at: datetime | None
    last_sequence: int | None
    last_trade_id: UUID | None
    last_price: Decimal | None


class LotRow(Struct, frozen=True):
    """A row of `lots`."""

    id: UUID
    account_id: UUID
    instrument_id: UUID
    direction: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    opened_at: datetime
    left_quantity: Decimal
    left_fee: Decimal
    closed_at: datetime | None


class DisposalRow(Struct, frozen=True):
    """A row of `disposals`."""

    id: UUID
    account_id: UUID
    instrument_id: UUID
    direction: str
    quantity: Decimal
    price: Decimal
    closed_at: datetime
    unmatched_quantity: Decimal
    unmatched_proceeds: Decimal
    proceeds: Decimal
    cost: Decimal | None
    realised: Decimal | None
    fees: Decimal
    matched_fees: Decimal


class MatchRow(Struct, frozen=True):
    """A row of `lot_matches`; direction, closing price and time stand in its disposal."""

    disposal_id: UUID
    ordinal: int
    lot_id: UUID
    quantity: Decimal
    open_price: Decimal
    open_fee: Decimal
    close_fee: Decimal
    cost: Decimal
    proceeds: Decimal
    opened_at: datetime
    lot_quantity_before: Decimal
    lot_fee_before: Decimal


class RoundTripRow(Struct, frozen=True):
    """A row of `round_trips`."""

    id: UUID
    account_id: UUID
    instrument_id: UUID
    direction: str
    opened_at: datetime
    closed_at: datetime | None
    max_quantity: Decimal
    entry_quantity: Decimal
    entry_value: Decimal
    exit_quantity: Decimal
    exit_value: Decimal
    fees: Decimal
    realised: Decimal
    trade_count: int
    last_trade_id: UUID


def account_row(account: Account) -> AccountRow:
    """The row of an account."""
    details = account.details
    return AccountRow(
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
    )


def account_of(row: AccountRow, organisation_id: OrganisationId) -> Account:
    """The account of a row."""
    return Account(
        id=AccountId(row.id),
        organisation_id=organisation_id,
        details=AccountDetails(
            broker=row.broker,
            label=row.label,
            currency=Currency(row.currency),
            time_zone=row.time_zone,
            shorting=row.shorting,
        ),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        closed_at=row.closed_at,
    )


def instrument_row(instrument: Instrument, now: datetime) -> InstrumentRow:
    """The row of a new instrument."""
    key = instrument.key
    return InstrumentRow(
        id=instrument.id,
        symbol=key.symbol,
        exchange=key.exchange,
        segment=key.segment.value,
        currency=key.currency.code,
        multiplier=instrument.multiplier,
        tick_size=instrument.tick_size,
        lot_size=instrument.lot_size,
        isin=instrument.isin,
        created_at=now,
    )


def instrument_of(row: InstrumentRow) -> Instrument:
    """The instrument of a row."""
    return Instrument(
        id=InstrumentId(row.id),
        key=InstrumentKey(row.symbol, row.exchange, Segment(row.segment), Currency(row.currency)),
        multiplier=row.multiplier,
        tick_size=row.tick_size,
        lot_size=row.lot_size,
        isin=row.isin,
    )


def trade_row(trade: Trade) -> TradeRow:
    """The row of a trade."""
    details = trade.details
    return TradeRow(
        id=trade.id,
        account_id=trade.account_id,
        instrument_id=details.instrument_id,
        side=details.side.value,
        quantity=details.quantity,
        price=details.price,
        fees={kind.value: str(amount) for kind, amount in details.fees.by_kind.items()},
        fees_total=details.fees.total,
        executed_at=details.executed_at,
        sequence=details.sequence,
        settlement_date=details.settlement_date,
        category=None if details.category is None else details.category.value,
        strategy=details.strategy,
        tags=list(details.tags),
        notes=details.notes,
        attachments=list(details.attachments),
        broker_trade_id=details.broker_trade_id,
        broker_order_id=details.broker_order_id,
        source_key=trade.source_key,
        import_id=trade.import_id,
        version=trade.version,
        created_at=trade.created_at,
        updated_at=trade.updated_at,
        voided_at=trade.voided_at,
        void_reason=trade.void_reason,
    )


def trade_of(row: TradeRow, organisation_id: OrganisationId) -> Trade:
    """The trade of a row."""
    return Trade(
        id=TradeId(row.id),
        organisation_id=organisation_id,
        account_id=AccountId(row.account_id),
        details=TradeDetails(
            instrument_id=InstrumentId(row.instrument_id),
            side=_SIDES[row.side],
            quantity=row.quantity,
            price=row.price,
            executed_at=row.executed_at,
            fees=fees_of(row.fees),
            settlement_date=row.settlement_date,
            category=None if row.category is None else Category(row.category),
            strategy=row.strategy,
            tags=tuple(row.tags),
            notes=row.notes,
            attachments=tuple(row.attachments),
            broker_trade_id=row.broker_trade_id,
            broker_order_id=row.broker_order_id,
            sequence=row.sequence,
        ),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        source_key=row.source_key,
        import_id=None if row.import_id is None else ImportId(row.import_id),
        voided_at=row.voided_at,
        void_reason=row.void_reason,
    )


def fees_of(amounts: dict[str, str]) -> Fees:
    """The fees of the JSON they are kept in: exact texts by kind."""
    return Fees({FeeKind(kind): Decimal(amount) for kind, amount in amounts.items()})


def execution_of(executed_at: datetime, sequence: int, id_: UUID, side: str, *figures: Decimal) -> Execution:
    """The execution of a trade's columns; `figures` are quantity, price and total fees."""
    quantity, price, fees = figures
    return Execution(executed_at, sequence, TradeId(id_), _SIDES[side], quantity, price, fees)


def position_row(position: Position) -> PositionRow:
    """The totals of a position."""
    last = position.last
    return PositionRow(
        account_id=position.terms.account_id,
        instrument_id=position.terms.instrument_id,
        quantity=position.quantity,
        open_cost=position.open_cost,
        cash_in=position.cash_in,
        cash_out=position.cash_out,
        realised=position.realised,
        fees=position.fees,
        unmatched_quantity=position.unmatched_quantity,
        unmatched_proceeds=position.unmatched_proceeds,
        trade_count=position.trade_count,
        disposal_count=position.disposal_count,
        last_executed_at=None if last is None else last[0],
        last_sequence=None if last is None else last[1],
        last_trade_id=None if last is None else last[2],
        last_price=position.last_price,
    )


def lot_row(lot: Lot, pair: Pair) -> LotRow:
    """The row of a lot."""
    return LotRow(
        id=lot.id,
        account_id=pair.account_id,
        instrument_id=pair.instrument_id,
        direction=lot.direction.value,
        quantity=lot.quantity,
        price=lot.price,
        fee=lot.fee,
        opened_at=lot.opened_at,
        left_quantity=lot.left,
        left_fee=lot.fee_left,
        closed_at=lot.closed_at,
    )


def lot_of(row: LotRow) -> Lot:
    """The lot of a row."""
    return Lot(
        row.id,
        _DIRECTIONS[row.direction],
        row.quantity,
        row.price,
        row.fee,
        row.opened_at,
        row.left_quantity,
        row.left_fee,
        row.closed_at,
    )


def disposal_row(disposal: Disposal, pair: Pair) -> DisposalRow:
    """The row of a disposal."""
    matched_fees = ZERO
    for match in disposal.matches:
        matched_fees = EXACT.add(matched_fees, match.fees)
    return DisposalRow(
        id=disposal.id,
        account_id=pair.account_id,
        instrument_id=pair.instrument_id,
        direction=disposal.direction.value,
        quantity=disposal.quantity,
        price=disposal.price,
        closed_at=disposal.closed_at,
        unmatched_quantity=disposal.unmatched_quantity,
        unmatched_proceeds=disposal.unmatched_proceeds,
        proceeds=disposal.proceeds,
        cost=disposal.cost,
        realised=disposal.realised,
        fees=disposal.fees,
        matched_fees=matched_fees,
    )


def disposal_of(row: DisposalRow, matches: list[MatchRow]) -> Disposal:
    """The disposal of a row and its matches, which are in their order."""
    direction = _DIRECTIONS[row.direction]
    return Disposal(
        id=row.id,
        direction=direction,
        quantity=row.quantity,
        price=row.price,
        closed_at=row.closed_at,
        matches=tuple(
            Match(
                match.lot_id,
                direction,
                match.quantity,
                match.open_price,
                row.price,
                match.open_fee,
                match.close_fee,
                match.cost,
                match.proceeds,
                match.opened_at,
                row.closed_at,
                match.lot_quantity_before,
                match.lot_fee_before,
            )
            for match in matches
        ),
        unmatched_quantity=row.unmatched_quantity,
        unmatched_proceeds=row.unmatched_proceeds,
        proceeds=row.proceeds,
        cost=row.cost,
        realised=row.realised,
        fees=row.fees,
    )


def match_row(match: Match, disposal_id: UUID, ordinal: int) -> MatchRow:
    """The row of a match."""
    return MatchRow(
        disposal_id=disposal_id,
        ordinal=ordinal,
        lot_id=match.lot_id,
        quantity=match.quantity,
        open_price=match.open_price,
        open_fee=match.open_fee,
        close_fee=match.close_fee,
        cost=match.cost,
        proceeds=match.proceeds,
        opened_at=match.opened_at,
        lot_quantity_before=match.lot_quantity_before,
        lot_fee_before=match.lot_fee_before,
    )


def round_trip_row(trip: RoundTrip, pair: Pair) -> RoundTripRow:
    """The row of a round trip."""
    return RoundTripRow(
        id=trip.id,
        account_id=pair.account_id,
        instrument_id=pair.instrument_id,
        direction=trip.direction.value,
        opened_at=trip.opened_at,
        closed_at=trip.closed_at,
        max_quantity=trip.max_quantity,
        entry_quantity=trip.entry_quantity,
        entry_value=trip.entry_value,
        exit_quantity=trip.exit_quantity,
        exit_value=trip.exit_value,
        fees=trip.fees,
        realised=trip.realised,
        trade_count=trip.trade_count,
        last_trade_id=trip.id if trip.last_trade_id is None else trip.last_trade_id,
    )


def round_trip_of(row: RoundTripRow) -> RoundTrip:
    """The round trip of a row."""
    return RoundTrip(
        id=TradeId(row.id),
        direction=_DIRECTIONS[row.direction],
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        max_quantity=row.max_quantity,
        entry_quantity=row.entry_quantity,
        entry_value=row.entry_value,
        exit_quantity=row.exit_quantity,
        exit_value=row.exit_value,
        fees=row.fees,
        realised=row.realised,
        trade_count=row.trade_count,
        last_trade_id=TradeId(row.last_trade_id),
    )

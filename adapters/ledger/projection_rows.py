"""The rows of what follows from trades and corporate actions, as structs.

They are read and written as the facts in `rows` are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, localcontext
from uuid import UUID

from msgspec import Struct

from domain.ledger.disposal import Disposal, Match
from domain.ledger.lot import Direction, Lot
from domain.ledger.pair import Pair
from domain.ledger.position import Position
from domain.ledger.replay import EventCash
from domain.ledger.round_trip import RoundTrip
from domain.shared.ids import TradeId
from domain.shared.money import EXACT, ZERO

_DIRECTIONS: dict[str, Direction] = {direction.value: direction for direction in Direction}


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
    carried_in: Decimal
    carried_out: Decimal
    pooled_fees: Decimal


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
    sequence: int
    basis: Decimal | None
    trade_id: UUID | None
    event_id: UUID | None


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
    event_id: UUID | None


class SumsRow(Struct, frozen=True):
    """The columns of `positions` that sum up disposals; proceeds and fees are those of the matched parts."""

    account_id: UUID
    instrument_id: UUID
    disposed_proceeds: Decimal
    disposed_cost: Decimal
    disposed_fees: Decimal
    missing_disposals: int


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
    basis_before: Decimal | None


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


class EventCashRow(Struct, frozen=True):
    """A row of `event_cash`."""

    id: UUID
    account_id: UUID
    instrument_id: UUID
    event_id: UUID
    occurred_at: datetime
    amount: Decimal


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
        carried_in=position.carried_in,
        carried_out=position.carried_out,
        pooled_fees=position.pooled_fees,
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
        sequence=lot.sequence,
        basis=lot.basis,
        trade_id=lot.trade_id,
        event_id=lot.event_id,
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
        row.sequence,
        row.basis,
        None if row.trade_id is None else TradeId(row.trade_id),
        row.event_id,
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
        event_id=disposal.event_id,
    )


def sums_row(disposals: Iterable[DisposalRow], pair: Pair) -> SumsRow:
    """Sum up disposals of one position, exactly."""
    proceeds = cost = fees = ZERO
    missing = 0
    with localcontext(EXACT):
        for disposal in disposals:
            proceeds += disposal.proceeds - disposal.unmatched_proceeds
            cost += disposal.cost or ZERO
            fees += disposal.matched_fees
            missing += disposal.unmatched_quantity > ZERO
    return SumsRow(pair.account_id, pair.instrument_id, proceeds, cost, fees, missing)


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
                match.basis_before,
            )
            for match in matches
        ),
        unmatched_quantity=row.unmatched_quantity,
        unmatched_proceeds=row.unmatched_proceeds,
        proceeds=row.proceeds,
        cost=row.cost,
        realised=row.realised,
        fees=row.fees,
        event_id=row.event_id,
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
        basis_before=match.basis_before,
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
        # one without trades, which a transfer or an action began, is stored with its own id in the trade's place
        last_trade_id=TradeId(row.last_trade_id) if row.trade_count else None,
    )


def event_cash_row(cash: EventCash, pair: Pair) -> EventCashRow:
    """The row of an event's cash."""
    return EventCashRow(
        id=cash.id,
        account_id=pair.account_id,
        instrument_id=pair.instrument_id,
        event_id=cash.event_id,
        occurred_at=cash.occurred_at,
        amount=cash.amount,
    )


def event_cash_of(row: EventCashRow) -> EventCash:
    """The cash of an event that a row holds."""
    return EventCash(row.id, row.event_id, row.occurred_at, row.amount)

"""What goes over the wire for positions, lots, disposals and round trips."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import Meta, Struct

from application.ledger.views import (
    DisposalView,
    LotView,
    MarkView,
    MatchView,
    PositionTotalView,
    PositionView,
    RoundTripView,
)
from domain.ledger.disposal import Basis
from domain.ledger.lot import Direction
from domain.ledger.pnl import PriceSource
from domain.ledger.round_trip import TripState
from entrypoints.http.ledger.account_schemas import (
    InstrumentBody,
    MarketSaysBody,
    instrument_body,
    market_says_body,
)
from entrypoints.http.types import AmountText, Instant, decimal_text

Seconds: TypeAlias = Annotated[int, Meta(ge=0, description="In whole seconds.", examples=[86400])]
_REALISED = "Profit after fees, loss if negative, of what has a known cost."
_OPEN_COST = "What the open lots cost with fees. Negative for a short: what was received less fees."
_UNMATCHED = "Units sold for which no purchase is known."
_UNMATCHED_PROCEEDS = "What came in for them, net of fees; never counted as profit."


class MarkBody(Struct, rename="camel", kw_only=True):
    """What a quantity is worth at the price that values it, before the fees of closing."""

    price: AmountText
    as_of: Annotated[Instant, Meta(description="Since when the price holds.")]
    source: Annotated[
        PriceSource,
        Meta(description="Who says so: you, the market, or the last trade that any of your accounts made."),
    ]
    market: Annotated[MarketSaysBody | None, Meta(description="Who tells the market's price; null for another's.")]
    market_value: AmountText
    unrealised: AmountText


class PositionBody(Struct, rename="camel", kw_only=True):
    """One account in one instrument; amounts are in the instrument's currency."""

    id: UUID
    account_id: UUID
    instrument: InstrumentBody
    quantity: Annotated[AmountText, Meta(description="Units held; negative for a short position.")]
    open_cost: Annotated[AmountText, Meta(description=_OPEN_COST)]
    realised: Annotated[AmountText, Meta(description=_REALISED)]
    fees: Annotated[AmountText, Meta(description="All fees of all its trades.")]
    unmatched_quantity: Annotated[AmountText, Meta(description=_UNMATCHED)]
    unmatched_proceeds: Annotated[AmountText, Meta(description=_UNMATCHED_PROCEEDS)]
    trade_count: Annotated[int, Meta(ge=0, examples=[2])]
    last_executed_at: Annotated[Instant | None, Meta(description="null if a corporate action opened it.")]
    mark: Annotated[MarkBody | None, Meta(description="null for a flat position, and for one without a price.")]


class PositionTotalBody(Struct, rename="camel", kw_only=True):
    """One instrument over all accounts; lots of different accounts stay apart, only the sums are joined."""

    instrument: InstrumentBody
    accounts: Annotated[int, Meta(ge=1, description="How many accounts traded it.", examples=[2])]
    quantity: Annotated[AmountText, Meta(description="Units held; shorts count negative.")]
    open_cost: Annotated[AmountText, Meta(description=_OPEN_COST)]
    realised: Annotated[AmountText, Meta(description=_REALISED)]
    fees: Annotated[AmountText, Meta(description="All fees of all trades.")]
    unmatched_quantity: Annotated[AmountText, Meta(description=_UNMATCHED)]
    unmatched_proceeds: Annotated[AmountText, Meta(description=_UNMATCHED_PROCEEDS)]
    mark: Annotated[MarkBody | None, Meta(description="null if nothing is held over all, or without a price.")]


class LotBody(Struct, rename="camel", kw_only=True):
    """What one trade opened, and what is left of it; its id is that trade's."""

    id: UUID
    account_id: UUID
    instrument: InstrumentBody
    direction: Direction
    quantity: AmountText
    price: AmountText
    fee: Annotated[AmountText, Meta(description="The fees of the trade, or of its part that opened the lot.")]
    opened_at: Instant
    left_quantity: AmountText
    left_fee: Annotated[AmountText, Meta(description="The part of the fee that belongs to what is left.")]
    left_cost: Annotated[
        AmountText,
        Meta(
            description="What is left cost, with fees; negative for a short. Under average cost a share, to 18 places, "
            "of what all lots of the position cost."
        ),
    ]
    closed_at: Instant | None
    trade_id: Annotated[UUID, Meta(description="The trade it comes from.")]
    event_id: Annotated[UUID | None, Meta(description="The corporate action or transfer that made it; null if none.")]


class MatchBody(Struct, rename="camel", kw_only=True):
    """The part of one lot that a disposal closed."""

    lot_id: Annotated[UUID, Meta(description="The lot, and the trade that opened it.")]
    quantity: AmountText
    open_price: AmountText
    open_fee: Annotated[AmountText, Meta(description="The share of the opening fees.")]
    close_fee: Annotated[AmountText, Meta(description="The share of the closing fees.")]
    cost: AmountText
    proceeds: AmountText
    realised: AmountText
    opened_at: Instant
    held_for_s: Seconds


class DisposalBody(Struct, rename="camel", kw_only=True):
    """What one trade closed, and against which lots; its id is that trade's."""

    id: UUID
    account_id: UUID
    instrument: InstrumentBody
    direction: Annotated[Direction, Meta(description="What was closed: long lots by selling, short lots by buying.")]
    quantity: AmountText
    price: AmountText
    closed_at: Instant
    basis: Annotated[Basis, Meta(description="Whether the cost of all, some or none of the quantity is known.")]
    matched_quantity: AmountText
    unmatched_quantity: Annotated[AmountText, Meta(description=_UNMATCHED)]
    unmatched_proceeds: Annotated[AmountText, Meta(description=_UNMATCHED_PROCEEDS)]
    proceeds: Annotated[AmountText, Meta(description="What came in, net of fees, unmatched units included.")]
    cost: Annotated[AmountText | None, Meta(description="What the matched units cost with fees; null if none did.")]
    realised: Annotated[AmountText | None, Meta(description=f"{_REALISED} null if nothing has.")]
    fees: Annotated[AmountText, Meta(description="The closing fees and the matched lots' shares of the opening ones.")]
    matches: list[MatchBody]


class RoundTripBody(Struct, rename="camel", kw_only=True):
    """What a position did from flat to flat; its id is that of the trade that opened it."""

    id: UUID
    account_id: UUID
    instrument: InstrumentBody
    direction: Direction
    state: TripState
    opened_at: Instant
    closed_at: Instant | None
    held_for_s: Annotated[Seconds | None, Meta(description="From the first entry to flat; null while open.")]
    max_quantity: Annotated[AmountText, Meta(description="The most units held at once.")]
    entry_quantity: AmountText
    average_entry_price: Annotated[AmountText, Meta(description="By quantity, without fees, to 18 places.")]
    exit_quantity: AmountText
    average_exit_price: Annotated[AmountText | None, Meta(description="By quantity, without fees, to 18 places.")]
    fees: AmountText
    realised: AmountText
    trade_count: Annotated[int, Meta(ge=1, examples=[2])]
    last_trade_id: UUID


def mark_body(view: MarkView | None) -> MarkBody | None:
    """Render a mark."""
    if view is None:
        return None
    return MarkBody(
        price=decimal_text(view.price),
        as_of=view.as_of,
        source=view.source,
        market=market_says_body(view.market),
        market_value=decimal_text(view.market_value),
        unrealised=decimal_text(view.unrealised),
    )


def position_body(view: PositionView) -> PositionBody:
    """Render a position."""
    return PositionBody(
        id=view.id,
        account_id=view.account_id,
        instrument=instrument_body(view.instrument),
        quantity=decimal_text(view.quantity),
        open_cost=decimal_text(view.open_cost),
        realised=decimal_text(view.realised),
        fees=decimal_text(view.fees),
        unmatched_quantity=decimal_text(view.unmatched_quantity),
        unmatched_proceeds=decimal_text(view.unmatched_proceeds),
        trade_count=view.trade_count,
        last_executed_at=view.last_executed_at,
        mark=mark_body(view.mark),
    )


def total_body(view: PositionTotalView) -> PositionTotalBody:
    """Render a total."""
    return PositionTotalBody(
        instrument=instrument_body(view.instrument),
        accounts=view.accounts,
        quantity=decimal_text(view.quantity),
        open_cost=decimal_text(view.open_cost),
        realised=decimal_text(view.realised),
        fees=decimal_text(view.fees),
        unmatched_quantity=decimal_text(view.unmatched_quantity),
        unmatched_proceeds=decimal_text(view.unmatched_proceeds),
        mark=mark_body(view.mark),
    )


def lot_body(view: LotView) -> LotBody:
    """Render a lot."""
    return LotBody(
        id=view.id,
        account_id=view.account_id,
        instrument=instrument_body(view.instrument),
        direction=view.direction,
        quantity=decimal_text(view.quantity),
        price=decimal_text(view.price),
        fee=decimal_text(view.fee),
        opened_at=view.opened_at,
        left_quantity=decimal_text(view.left_quantity),
        left_fee=decimal_text(view.left_fee),
        left_cost=decimal_text(view.left_cost),
        closed_at=view.closed_at,
        trade_id=view.trade_id,
        event_id=view.event_id,
    )


def disposal_body(view: DisposalView) -> DisposalBody:
    """Render a disposal."""
    return DisposalBody(
        id=view.id,
        account_id=view.account_id,
        instrument=instrument_body(view.instrument),
        direction=view.direction,
        quantity=decimal_text(view.quantity),
        price=decimal_text(view.price),
        closed_at=view.closed_at,
        basis=view.basis,
        matched_quantity=decimal_text(view.matched_quantity),
        unmatched_quantity=decimal_text(view.unmatched_quantity),
        unmatched_proceeds=decimal_text(view.unmatched_proceeds),
        proceeds=decimal_text(view.proceeds),
        cost=_optional(view.cost),
        realised=_optional(view.realised),
        fees=decimal_text(view.fees),
        matches=[_match_body(match) for match in view.matches],
    )


def round_trip_body(view: RoundTripView) -> RoundTripBody:
    """Render a round trip."""
    return RoundTripBody(
        id=view.id,
        account_id=view.account_id,
        instrument=instrument_body(view.instrument),
        direction=view.direction,
        state=view.state,
        opened_at=view.opened_at,
        closed_at=view.closed_at,
        held_for_s=None if view.held_for is None else _seconds(view.held_for),
        max_quantity=decimal_text(view.max_quantity),
        entry_quantity=decimal_text(view.entry_quantity),
        average_entry_price=decimal_text(view.average_entry_price),
        exit_quantity=decimal_text(view.exit_quantity),
        average_exit_price=_optional(view.average_exit_price),
        fees=decimal_text(view.fees),
        realised=decimal_text(view.realised),
        trade_count=view.trade_count,
        last_trade_id=view.last_trade_id,
    )


def _match_body(view: MatchView) -> MatchBody:
    return MatchBody(
        lot_id=view.lot_id,
        quantity=decimal_text(view.quantity),
        open_price=decimal_text(view.open_price),
        open_fee=decimal_text(view.open_fee),
        close_fee=decimal_text(view.close_fee),
        cost=decimal_text(view.cost),
        proceeds=decimal_text(view.proceeds),
        realised=decimal_text(view.realised),
        opened_at=view.opened_at,
        held_for_s=_seconds(view.held_for),
    )


def _optional(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)

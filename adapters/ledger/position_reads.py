"""Positions as PostgreSQL tells them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import final
from uuid import UUID

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.cursors import cut, decode_cursor
from adapters.ledger.marks import MARK, MARK_JOIN, MarkRow, Split, mark_view
from adapters.ledger.reading import (
    INSTRUMENT,
    INSTRUMENT_JOIN,
    Listing,
    with_instruments,
)
from application.ledger.queries import PositionQueries
from application.ledger.views import (
    InstrumentView,
    PositionTotalView,
    PositionView,
)
from application.ledger.wanted import (
    PositionFilter,
    PriceChoice,
)
from application.shared.pages import Page, PageRequest
from domain.shared.access import Actor
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId
from domain.shared.moment import NOW, Moment


class PositionColumns(Struct, frozen=True):
    """The columns of `POSITIONS`, without the instrument."""

    id: UUID
    account_id: UUID
    quantity: Decimal
    open_cost: Decimal
    realised: Decimal
    fees: Decimal
    unmatched_quantity: Decimal
    unmatched_proceeds: Decimal
    trade_count: int
    last_executed_at: datetime | None
    user_price: Decimal | None
    user_as_of: datetime | None
    user_version: int | None
    splits: list[Split] | None
    last_price: Decimal | None
    last_at: datetime | None
    market_price: Decimal | None
    market_as_of: datetime | None
    provider: str | None
    is_stale: bool | None
    is_simulated: bool | None
    unapplied: list[Split] | None

    def mark(self) -> MarkRow:
        """The prices at hand."""
        return _mark(self)


class _Total(Struct, frozen=True):
    accounts: int
    quantity: Decimal
    open_cost: Decimal
    realised: Decimal
    fees: Decimal
    unmatched_quantity: Decimal
    unmatched_proceeds: Decimal
    user_price: Decimal | None
    user_as_of: datetime | None
    user_version: int | None
    splits: list[Split] | None
    last_price: Decimal | None
    last_at: datetime | None
    market_price: Decimal | None
    market_as_of: datetime | None
    provider: str | None
    is_stale: bool | None
    is_simulated: bool | None
    unapplied: list[Split] | None

    def mark(self) -> MarkRow:
        return _mark(self)


def _mark(row: PositionColumns | _Total) -> MarkRow:
    return MarkRow(
        row.user_price,
        row.user_as_of,
        row.user_version,
        row.splits,
        row.last_price,
        row.last_at,
        row.market_price,
        row.market_as_of,
        row.provider,
        row.is_stale,
        row.is_simulated,
        row.unapplied,
    )


# a row may be there before anything has happened, for a writer to lock
EVENTFUL = "(x.trade_count > 0 OR x.quantity <> 0 OR x.carried_in <> 0)"
POSITIONS = (
    "SELECT x.id, x.account_id, x.quantity, x.open_cost, x.realised, x.fees, x.unmatched_quantity, "
    f"x.unmatched_proceeds, x.trade_count, x.last_executed_at, {MARK}, {INSTRUMENT} "
    f"FROM positions x {INSTRUMENT_JOIN} {MARK_JOIN}"
)
_TOTALS = (
    "SELECT s.accounts, s.quantity, s.open_cost, s.realised, s.fees, s.unmatched_quantity, s.unmatched_proceeds, "
    f"{MARK}, {INSTRUMENT} FROM (SELECT x.organisation_id, x.instrument_id, count(*) AS accounts, "
    "sum(x.quantity) AS quantity, sum(x.open_cost) AS open_cost, sum(x.realised) AS realised, sum(x.fees) AS fees, "
    "sum(x.unmatched_quantity) AS unmatched_quantity, sum(x.unmatched_proceeds) AS unmatched_proceeds "
    f"FROM positions x WHERE {EVENTFUL} AND x.organisation_id = :organisation "
    "GROUP BY x.organisation_id, x.instrument_id HAVING :all_of_them OR bool_or(x.quantity <> 0)) s "
    "JOIN instruments i ON i.organisation_id = s.organisation_id AND i.id = s.instrument_id "
    # the listing adds its conditions to `x`, which stands for the instrument here
    f"JOIN instruments x ON x.organisation_id = i.organisation_id AND x.id = i.id {MARK_JOIN}"
)


@final
class SqlPositionQueries(PositionQueries):
    """Positions and their totals over accounts."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlPositionQueries:
        """Return the same as of the moment."""
        return SqlPositionQueries(self._engine, moment)

    async def positions(self, actor: Actor, wanted: PositionFilter, page: PageRequest) -> Page[PositionView]:
        """Return positions by id, which is the order in which they were first opened."""
        listing = Listing(actor, POSITIONS, [EVENTFUL], order="ORDER BY x.id")
        listing.equal(x__account_id=wanted.account_id, x__instrument_id=wanted.instrument_id, i__symbol=wanted.symbol)
        if not wanted.include_closed:
            listing.add("x.quantity <> 0")
        if page.cursor is not None:
            (after,) = decode_cursor(page.cursor, "positions", UUID)
            listing.add("x.id > :after", after=after)
        rows = with_instruments(await listing.read(self._engine, self._moment, page.limit + 1), PositionColumns)
        views = [position_view(row, instrument, wanted.prices) for row, instrument in rows]
        return cut(views, page, "positions", lambda view: (view.id,))

    async def position(self, actor: Actor, position_id: UUID, prices: PriceChoice) -> PositionView:
        """Return the position."""
        listing = Listing(actor, POSITIONS, [EVENTFUL])
        listing.equal(x__id=position_id)
        for row, instrument in with_instruments(await listing.read(self._engine, self._moment), PositionColumns):
            return position_view(row, instrument, prices)
        raise NotFound("position", position_id)

    async def totals(self, actor: Actor, wanted: PositionFilter, page: PageRequest) -> Page[PositionTotalView]:
        """Return totals by instrument, in the order in which instruments were first met."""
        listing = Listing(actor, _TOTALS, order="ORDER BY i.id", values={"all_of_them": wanted.include_closed})
        listing.equal(i__id=wanted.instrument_id, i__symbol=wanted.symbol)
        if page.cursor is not None:
            (after,) = decode_cursor(page.cursor, "totals", UUID)
            listing.add("i.id > :after", after=after)
        rows = with_instruments(await listing.read(self._engine, self._moment, page.limit + 1), _Total)
        views = [_total_view(row, instrument, wanted.prices) for row, instrument in rows]
        return cut(views, page, "totals", lambda view: (view.instrument.id,))


def position_view(row: PositionColumns, instrument: InstrumentView, prices: PriceChoice) -> PositionView:
    """Show a position, valued as chosen."""
    return PositionView(
        id=row.id,
        account_id=AccountId(row.account_id),
        instrument=instrument,
        quantity=row.quantity,
        open_cost=row.open_cost,
        realised=row.realised,
        fees=row.fees,
        unmatched_quantity=row.unmatched_quantity,
        unmatched_proceeds=row.unmatched_proceeds,
        trade_count=row.trade_count,
        last_executed_at=row.last_executed_at,
        mark=mark_view(row.mark().mark(prices), row.quantity, instrument.multiplier, row.open_cost),
    )


def _total_view(row: _Total, instrument: InstrumentView, prices: PriceChoice) -> PositionTotalView:
    return PositionTotalView(
        instrument=instrument,
        accounts=row.accounts,
        quantity=row.quantity,
        open_cost=row.open_cost,
        realised=row.realised,
        fees=row.fees,
        unmatched_quantity=row.unmatched_quantity,
        unmatched_proceeds=row.unmatched_proceeds,
        mark=mark_view(row.mark().mark(prices), row.quantity, instrument.multiplier, row.open_cost),
    )

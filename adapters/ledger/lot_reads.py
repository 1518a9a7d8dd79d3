"""Lots, disposals and round trips as PostgreSQL tells them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.ledger.bulk import names, read_rows
from adapters.ledger.cursors import cut, decode_cursor
from adapters.ledger.projection_rows import (
    DisposalRow,
    LotRow,
    MatchRow,
    RoundTripRow,
    disposal_of,
    lot_of,
    round_trip_of,
)
from adapters.ledger.reader import Reader
from adapters.ledger.reading import (
    INSTRUMENT,
    INSTRUMENT_JOIN,
    Listing,
    reading,
    with_instruments,
    within_days,
)
from application.ledger.queries import LotQueries
from application.ledger.views import (
    DisposalView,
    InstrumentView,
    LotView,
    MatchView,
    RoundTripView,
)
from application.ledger.wanted import (
    DisposalFilter,
    LotFilter,
    LotState,
    RoundTripFilter,
)
from application.shared.pages import Page, PageRequest
from domain.ledger.disposal import Basis
from domain.ledger.lot import Direction
from domain.ledger.round_trip import TripState
from domain.shared.access import Actor
from domain.shared.errors import NotFound
from domain.shared.ids import AccountId, TradeId
from domain.shared.moment import NOW, Moment
from domain.shared.money import ZERO, round_share


class LotColumns(LotRow, frozen=True):
    """The columns of `LOTS`, without the instrument."""

    pooled_cost: Decimal | None
    held: Decimal | None


def _projected(table: str, row_type: type[LotRow | DisposalRow | RoundTripRow]) -> str:
    return f"SELECT {', '.join(f'x.{name}' for name in names(row_type))}, {INSTRUMENT} FROM {table} x {INSTRUMENT_JOIN}"


# under average cost a lot's own cost is its share of what all of them cost; looked up for the rows of a page alone
_POOLED = (
    "CASE WHEN (SELECT a.cost_method FROM accounts a "
    "WHERE a.organisation_id = x.organisation_id AND a.id = x.account_id) = 'average' "
    "THEN (SELECT {figure} FROM positions p WHERE p.organisation_id = x.organisation_id "
    "AND p.account_id = x.account_id AND p.instrument_id = x.instrument_id) END"
)
LOTS = (
    f"SELECT {', '.join(f'x.{name}' for name in names(LotRow))}, {_POOLED.format(figure='p.open_cost')}, "
    f"{_POOLED.format(figure='abs(p.quantity)')}, {INSTRUMENT} FROM lots x {INSTRUMENT_JOIN}"
)
DISPOSALS = _projected("disposals", DisposalRow)
_ROUND_TRIPS = _projected("round_trips", RoundTripRow)
_MATCHES = text(
    f"SELECT {', '.join(names(MatchRow))} FROM lot_matches "
    "WHERE organisation_id = :organisation AND disposal_id = ANY(:disposals) ORDER BY disposal_id, ordinal"
)
_BASIS = {
    Basis.KNOWN: "x.unmatched_quantity = 0",
    Basis.PARTIAL: "x.unmatched_quantity > 0 AND x.cost IS NOT NULL",
    Basis.MISSING: "x.unmatched_quantity > 0 AND x.cost IS NULL",
}


@final
class SqlLotQueries(LotQueries):
    """Lots, disposals and round trips, the newest first."""

    def __init__(self, engine: AsyncEngine, moment: Moment = NOW) -> None:
        self._engine = engine
        self._moment = moment

    def at(self, moment: Moment) -> SqlLotQueries:
        """Return the same as of the moment."""
        return SqlLotQueries(self._engine, moment)

    async def lots(self, actor: Actor, wanted: LotFilter, page: PageRequest) -> Page[LotView]:
        """Return lots by the time they were opened."""
        listing = _newest_first(actor, LOTS, "x.opened_at", page, "lots")
        listing.equal(x__account_id=wanted.account_id, x__instrument_id=wanted.instrument_id)
        if wanted.state is not None:
            listing.add("x.closed_at IS NULL" if wanted.state is LotState.OPEN else "x.closed_at IS NOT NULL")
        rows = with_instruments(await listing.read(self._engine, self._moment, page.limit + 1), LotColumns)
        views = [lot_view(row, instrument) for row, instrument in rows]
        return cut(views, page, "lots", lambda view: (view.opened_at, view.id))

    async def disposals(self, actor: Actor, wanted: DisposalFilter, page: PageRequest) -> Page[DisposalView]:
        """Return disposals by the time they closed something."""
        listing = _newest_first(actor, DISPOSALS, "x.closed_at", page, "disposals")
        async with reading(self._engine, actor, self._moment) as connection:
            await only_wanted(connection, listing, wanted)
            rows = with_instruments(await listing.run(connection, page.limit + 1), DisposalRow)
            views = await with_matches(connection, actor, rows)
        return cut(views, page, "disposals", lambda view: (view.closed_at, view.id))

    async def disposal(self, actor: Actor, disposal_id: TradeId) -> DisposalView:
        """Return the disposal."""
        listing = Listing(actor, DISPOSALS)
        listing.equal(x__id=disposal_id)
        async with reading(self._engine, actor, self._moment) as connection:
            rows = with_instruments(await listing.run(connection), DisposalRow)
            for view in await with_matches(connection, actor, rows):
                return view
        raise NotFound("disposal", disposal_id)

    async def round_trips(self, actor: Actor, wanted: RoundTripFilter, page: PageRequest) -> Page[RoundTripView]:
        """Return round trips by the time they were opened."""
        listing = _newest_first(actor, _ROUND_TRIPS, "x.opened_at", page, "round_trips")
        listing.equal(x__account_id=wanted.account_id, x__instrument_id=wanted.instrument_id)
        if wanted.state is not None:
            listing.add("x.closed_at IS NULL" if wanted.state is TripState.OPEN else "x.closed_at IS NOT NULL")
        rows = with_instruments(await listing.read(self._engine, self._moment, page.limit + 1), RoundTripRow)
        views = [_round_trip_view(row, instrument) for row, instrument in rows]
        return cut(views, page, "round_trips", lambda view: (view.opened_at, view.id))


async def only_wanted(connection: Reader, listing: Listing, wanted: DisposalFilter) -> None:
    """Narrow a listing of disposals."""
    listing.equal(x__account_id=wanted.account_id, x__instrument_id=wanted.instrument_id)
    if wanted.basis is not None:
        listing.add(_BASIS[wanted.basis])
    await within_days(connection, listing, "x.closed_at", wanted.from_date, wanted.to_date)


def _newest_first(actor: Actor, select: str, column: str, page: PageRequest, name: str) -> Listing:
    listing = Listing(actor, select, order=f"ORDER BY {column} DESC, x.id DESC")
    if page.cursor is not None:
        at, after = decode_cursor(page.cursor, name, datetime, UUID)
        listing.add(f"({column}, x.id) < (:at, :after)", at=at, after=after)
    return listing


async def matches_of(connection: Reader, actor: Actor, disposal_ids: Sequence[UUID]) -> dict[UUID, list[MatchRow]]:
    """The matches of the disposals, in their order."""
    found = await connection.execute(_MATCHES, {"organisation": actor.organisation_id, "disposals": list(disposal_ids)})
    matches: dict[UUID, list[MatchRow]] = {}
    for match in read_rows(found, MatchRow):
        matches.setdefault(match.disposal_id, []).append(match)
    return matches


async def with_matches(
    connection: Reader, actor: Actor, rows: list[tuple[DisposalRow, InstrumentView]]
) -> list[DisposalView]:
    """Show disposals, each with the lots it closed."""
    matches = await matches_of(connection, actor, [row.id for row, _ in rows])
    return [_disposal_view(row, instrument, matches.get(row.id, [])) for row, instrument in rows]


def lot_view(row: LotColumns, instrument: InstrumentView) -> LotView:
    """Show a lot with what is left of its cost."""
    if row.pooled_cost is None or row.held is None:
        left_cost = lot_of(row).cost(instrument.multiplier)
    else:
        left_cost = round_share(row.pooled_cost, row.left_quantity, row.held) if row.left_quantity else ZERO
    return LotView(
        id=row.id,
        account_id=AccountId(row.account_id),
        instrument=instrument,
        direction=Direction(row.direction),
        quantity=row.quantity,
        price=row.price,
        fee=row.fee,
        opened_at=row.opened_at,
        left_quantity=row.left_quantity,
        left_fee=row.left_fee,
        left_cost=left_cost,
        closed_at=row.closed_at,
        trade_id=row.id if row.trade_id is None else row.trade_id,
        event_id=row.event_id,
    )


def _disposal_view(row: DisposalRow, instrument: InstrumentView, matches: list[MatchRow]) -> DisposalView:
    disposal = disposal_of(row, matches)
    return DisposalView(
        id=disposal.id,
        account_id=AccountId(row.account_id),
        instrument=instrument,
        direction=disposal.direction,
        quantity=disposal.quantity,
        price=disposal.price,
        closed_at=disposal.closed_at,
        basis=disposal.basis,
        matched_quantity=disposal.matched_quantity,
        unmatched_quantity=disposal.unmatched_quantity,
        unmatched_proceeds=disposal.unmatched_proceeds,
        proceeds=disposal.proceeds,
        cost=disposal.cost,
        realised=disposal.realised,
        fees=disposal.fees,
        matches=tuple(
            MatchView(
                lot_id=match.lot_id,
                quantity=match.quantity,
                open_price=match.open_price,
                open_fee=match.open_fee,
                close_fee=match.close_fee,
                cost=match.cost,
                proceeds=match.proceeds,
                realised=match.realised,
                opened_at=match.opened_at,
                held_for=match.held_for,
            )
            for match in disposal.matches
        ),
    )


def _round_trip_view(row: RoundTripRow, instrument: InstrumentView) -> RoundTripView:
    trip = round_trip_of(row)
    return RoundTripView(
        id=trip.id,
        account_id=AccountId(row.account_id),
        instrument=instrument,
        direction=trip.direction,
        state=trip.state,
        opened_at=trip.opened_at,
        closed_at=trip.closed_at,
        held_for=trip.held_for,
        max_quantity=trip.max_quantity,
        entry_quantity=trip.entry_quantity,
        average_entry_price=trip.average_entry_price,
        exit_quantity=trip.exit_quantity,
        average_exit_price=trip.average_exit_price,
        fees=trip.fees,
        realised=trip.realised,
        trade_count=trip.trade_count,
        last_trade_id=TradeId(row.last_trade_id),
    )

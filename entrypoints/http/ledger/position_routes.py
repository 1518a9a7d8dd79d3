"""The routes of positions, lots, disposals and round trips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from application.ledger.queries import LotQueries, PositionQueries
from application.ledger.wanted import (
    DisposalFilter,
    LotFilter,
    LotState,
    PositionFilter,
    PriceChoice,
    RoundTripFilter,
)
from application.shared.pages import PageRequest
from domain.ledger.disposal import Basis
from domain.ledger.round_trip import TripState
from domain.shared.access import Actor
from domain.shared.ids import AccountId, InstrumentId, TradeId
from domain.shared.moment import Moment
from entrypoints.http.envelope import Success, paged, success
from entrypoints.http.ledger.position_schemas import (
    DisposalBody,
    LotBody,
    PositionBody,
    PositionTotalBody,
    RoundTripBody,
    disposal_body,
    lot_body,
    position_body,
    round_trip_body,
    total_body,
)
from entrypoints.http.ledger.texts import SymbolText
from entrypoints.http.lines import Listed, Rows
from entrypoints.http.types import DateText, to_date

OfAccount: TypeAlias = Annotated[UUID | None, QueryParameter(name="accountId", description="Only of this account.")]
OfInstrument: TypeAlias = Annotated[
    UUID | None, QueryParameter(name="instrumentId", description="Only in this instrument.")
]
FromDate: TypeAlias = Annotated[
    DateText | None,
    QueryParameter(name="from", description="From this date on, in the time zone of the disposal's account."),
]
ToDate: TypeAlias = Annotated[
    DateText | None,
    QueryParameter(name="to", description="Up to and with this date, in the time zone of the disposal's account."),
]
Prices: TypeAlias = Annotated[
    PriceChoice,
    QueryParameter(
        description="What may value open positions: prices you entered, the market's, the last trade's. They go in "
        "this order, unless the next is newer by more than a day; a trade never outdates what you entered."
    ),
]


def account_wanted(account_id: UUID | None) -> AccountId | None:
    """Return the account of a filter."""
    return None if account_id is None else AccountId(account_id)


def instrument_wanted(instrument_id: UUID | None) -> InstrumentId | None:
    """Return the instrument of a filter."""
    return None if instrument_id is None else InstrumentId(instrument_id)


async def provide_positions_wanted(
    *,
    account_id: OfAccount = None,
    instrument_id: OfInstrument = None,
    symbol: Annotated[SymbolText | None, QueryParameter(description="Only in this symbol.")] = None,
    include_closed: Annotated[bool, QueryParameter(name="includeClosed", description="Flat positions too.")] = False,
    prices: Prices = PriceChoice.ANY,
) -> PositionFilter:
    """Return which positions are wanted."""
    return PositionFilter(
        account_id=account_wanted(account_id),
        instrument_id=instrument_wanted(instrument_id),
        symbol=symbol,
        include_closed=include_closed,
        prices=prices,
    )


@get("/positions", tags=["positions"], dependencies={"wanted": Provide(provide_positions_wanted)})
async def list_positions(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[PositionFilter],
    page: NamedDependency[PageRequest],
    position_queries: NamedDependency[PositionQueries],
) -> Success[list[PositionBody]]:
    """List positions, one for each account and instrument."""
    return paged(await position_queries.at(moment).positions(actor, wanted, page), position_body)


@get("/positions/{position_id:uuid}", tags=["positions"])
async def read_position(
    position_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    position_queries: NamedDependency[PositionQueries],
    prices: Prices = PriceChoice.ANY,
) -> Success[PositionBody]:
    """Read a position, flat or not."""
    return success(position_body(await position_queries.at(moment).position(actor, position_id, prices)))


async def provide_totals_wanted(
    *,
    instrument_id: OfInstrument = None,
    symbol: Annotated[SymbolText | None, QueryParameter(description="Only in this symbol.")] = None,
    include_closed: Annotated[
        bool, QueryParameter(name="includeClosed", description="Also what is flat in every account.")
    ] = False,
    prices: Prices = PriceChoice.ANY,
) -> PositionFilter:
    """Return which totals are wanted."""
    return PositionFilter(
        instrument_id=instrument_wanted(instrument_id), symbol=symbol, include_closed=include_closed, prices=prices
    )


@get("/positions/totals", tags=["positions"], dependencies={"wanted": Provide(provide_totals_wanted)})
async def list_position_totals(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[PositionFilter],
    page: NamedDependency[PageRequest],
    position_queries: NamedDependency[PositionQueries],
) -> Success[list[PositionTotalBody]]:
    """List positions added up over accounts, one row for each instrument."""
    return paged(await position_queries.at(moment).totals(actor, wanted, page), total_body)


async def provide_lots_wanted(
    *,
    account_id: OfAccount = None,
    instrument_id: OfInstrument = None,
    lot_state: Annotated[LotState, QueryParameter(name="state", description="Open or closed lots.")] = LotState.OPEN,
) -> LotFilter:
    """Return which lots are wanted."""
    return LotFilter(
        account_id=account_wanted(account_id), instrument_id=instrument_wanted(instrument_id), state=lot_state
    )


@get("/lots", tags=["lots"], dependencies={"wanted": Provide(provide_lots_wanted)})
async def list_lots(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[LotFilter],
    rows: NamedDependency[Rows],
    lot_queries: NamedDependency[LotQueries],
) -> Listed[LotBody]:
    """List lots, the last opened first; open ones unless closed ones are asked for."""
    queries = lot_queries.at(moment)
    return await rows.listed(lambda page: queries.lots(actor, wanted, page), lot_body)


async def provide_disposals_wanted(
    *,
    account_id: OfAccount = None,
    instrument_id: OfInstrument = None,
    from_date: FromDate = None,
    to_date_: ToDate = None,
    basis: Annotated[Basis | None, QueryParameter(description="Only with this much of a known cost.")] = None,
) -> DisposalFilter:
    """Return which disposals are wanted."""
    return DisposalFilter(
        account_id=account_wanted(account_id),
        instrument_id=instrument_wanted(instrument_id),
        from_date=None if from_date is None else to_date(from_date, "from"),
        to_date=None if to_date_ is None else to_date(to_date_, "to"),
        basis=basis,
    )


@get("/disposals", tags=["disposals"], dependencies={"wanted": Provide(provide_disposals_wanted)})
async def list_disposals(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[DisposalFilter],
    rows: NamedDependency[Rows],
    lot_queries: NamedDependency[LotQueries],
) -> Listed[DisposalBody]:
    """List disposals with their lots, the last first.

    The whole history is matched before dates slice it, so a sale knows a purchase of any age.
    """
    queries = lot_queries.at(moment)
    return await rows.listed(lambda page: queries.disposals(actor, wanted, page), disposal_body)


@get("/disposals/{disposal_id:uuid}", tags=["disposals"])
async def read_disposal(
    disposal_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    lot_queries: NamedDependency[LotQueries],
) -> Success[DisposalBody]:
    """Read a disposal with its lots."""
    return success(disposal_body(await lot_queries.at(moment).disposal(actor, TradeId(disposal_id))))


async def provide_round_trips_wanted(
    *,
    account_id: OfAccount = None,
    instrument_id: OfInstrument = None,
    trip_state: Annotated[
        TripState | None, QueryParameter(name="state", description="Only open or only closed ones.")
    ] = None,
) -> RoundTripFilter:
    """Return which round trips are wanted."""
    return RoundTripFilter(
        account_id=account_wanted(account_id), instrument_id=instrument_wanted(instrument_id), state=trip_state
    )


@get("/round-trips", tags=["disposals"], dependencies={"wanted": Provide(provide_round_trips_wanted)})
async def list_round_trips(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[RoundTripFilter],
    page: NamedDependency[PageRequest],
    lot_queries: NamedDependency[LotQueries],
) -> Success[list[RoundTripBody]]:
    """List round trips, from flat to flat, the last opened first."""
    return paged(await lot_queries.at(moment).round_trips(actor, wanted, page), round_trip_body)


ROUTES: Sequence[ControllerRouterHandler] = [
    list_positions,
    list_position_totals,
    read_position,
    list_lots,
    list_disposals,
    read_disposal,
    list_round_trips,
]

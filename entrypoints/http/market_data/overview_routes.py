"""The routes of the market as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from application.market_data.read_fundamentals import ReadFundamentals
from application.market_data.read_indices import ReadIndices
from application.market_data.read_movers import ReadMovers
from application.market_data.read_trending import ReadTrending
from domain.market_data.movement import Direction
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from entrypoints.http.envelope import Success, cache_meta, success
from entrypoints.http.kept import same_for_everybody
from entrypoints.http.market_data.country_texts import CountryText
from entrypoints.http.market_data.overview_schemas import (
    FundamentalsBody,
    IndexBody,
    TrendBody,
    fundamentals_body,
    index_body,
    trend_body,
)
from entrypoints.http.market_data.quote_schemas import QuoteBody, quote_body
from entrypoints.http.market_data.texts import ExchangeText, SymbolText
from entrypoints.http.problem import errors

_Limit = Annotated[int, Meta(ge=1, le=50, examples=[10])]


@get("/market/indices", tags=["market"])
async def list_indices(
    actor: NamedDependency[Actor],
    read_indices: NamedDependency[ReadIndices],
    country: Annotated[
        Annotated[list[CountryText], Meta(max_length=20)] | None,
        QueryParameter(description="Only those of these countries; several are given by repeating it."),
    ] = None,
) -> Success[list[IndexBody]]:
    """List the indices that many look at, and where they stand.

    One that nobody can tell now has no quote, and says why; the others are told.
    """
    return success([index_body(each) for each in await read_indices(actor, country or ())])


@get("/market/trending", tags=["market"], opt=same_for_everybody(Scope.MARKET_READ))
async def list_trending(
    actor: NamedDependency[Actor],
    read_trending: NamedDependency[ReadTrending],
    limit: Annotated[_Limit, QueryParameter(description="How many at most.")] = 10,
) -> Success[list[TrendBody]]:
    """List what many look at now, most of them first."""
    found = await read_trending(actor, limit)
    return success([trend_body(each) for each in found.value], cache=cache_meta(found))


@get("/market/gainers", tags=["market"], opt=same_for_everybody(Scope.MARKET_READ))
async def list_gainers(
    actor: NamedDependency[Actor],
    read_movers: NamedDependency[ReadMovers],
    limit: Annotated[_Limit, QueryParameter(description="How many at most.")] = 10,
) -> Success[list[QuoteBody]]:
    """List the shares that have risen most since the close before, in per cent."""
    return await _movers(read_movers, actor, Direction.UP, limit)


@get("/market/losers", tags=["market"], opt=same_for_everybody(Scope.MARKET_READ))
async def list_losers(
    actor: NamedDependency[Actor],
    read_movers: NamedDependency[ReadMovers],
    limit: Annotated[_Limit, QueryParameter(description="How many at most.")] = 10,
) -> Success[list[QuoteBody]]:
    """List the shares that have fallen most since the close before, in per cent."""
    return await _movers(read_movers, actor, Direction.DOWN, limit)


async def _movers(read: ReadMovers, actor: Actor, direction: Direction, limit: int) -> Success[list[QuoteBody]]:
    found = await read(actor, direction, limit)
    return success([quote_body(each) for each in found.value], cache=cache_meta(found))


@get(
    "/market/stocks/{symbol:str}/fundamentals",
    tags=["market"],
    responses=errors(404),
    opt=same_for_everybody(Scope.MARKET_READ),
)
async def read_the_fundamentals(
    symbol: FromPath[SymbolText],
    actor: NamedDependency[Actor],
    read_fundamentals: NamedDependency[ReadFundamentals],
    exchange: Annotated[
        ExchangeText | None, QueryParameter(description="Where it is listed, if the symbol does not say.")
    ] = None,
) -> Success[FundamentalsBody]:
    """Read what a company is and reports.

    Where nobody knows such a company, `suggestions` resemble its symbol.
    """
    found = await read_fundamentals(actor, Ticker.parse(symbol, exchange))
    return success(fundamentals_body(found.value), cache=cache_meta(found))


ROUTES: Sequence[ControllerRouterHandler] = [
    list_indices,
    list_trending,
    list_gainers,
    list_losers,
    read_the_fundamentals,
]

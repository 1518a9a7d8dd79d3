"""The routes of backfills, and of what histories lack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from application.market_data.backfill.request_backfill import RequestBackfill
from application.market_data.read_gaps import ReadGaps
from application.market_data.read_history import HistoryAsked
from application.shared.jobs import JobQueries
from application.shared.pages import PageRequest
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor
from entrypoints.http.envelope import CREATED_UNVERSIONED, Success, cache_meta, success
from entrypoints.http.job_schemas import JobBody, job_body
from entrypoints.http.market_data.backfill_schemas import BackfillRequest, GapsBody, gaps_body
from entrypoints.http.market_data.history_routes import ASKED
from entrypoints.http.market_data.texts import ExchangeText, SymbolText
from entrypoints.http.problem import errors
from entrypoints.http.rate_limits import HEAVY


@post(
    "/market/backfills",
    tags=["history"],
    status_code=202,
    response_headers=CREATED_UNVERSIONED,
    opt=HEAVY,
)
async def request_a_backfill(
    *,
    data: JSONBody[BackfillRequest],
    actor: NamedDependency[Actor],
    request_backfill: NamedDependency[RequestBackfill],
    job_queries: NamedDependency[JobQueries],
) -> Response[Success[JobBody]]:
    """Fetch histories before they are needed.

    Only what is missing is asked for: what lies before what is kept, behind it, or is a gap in it. The job tells how
    many symbols are there; `GET /jobs/{id}/events` follows it, `POST /jobs/{id}/cancel` stops it, and asking for the
    same again goes on from there. Symbols that nobody knows are left out: `progress` then ends below its total. For
    those that no provider tells of for now the job fails, names them, and can be retried.

    Needs the scope market:write.
    """
    backfill_id = await request_backfill(actor, data.to_command())
    page = await job_queries.jobs(actor, None, backfill_id, PageRequest(limit=1))
    job = job_body(page.rows[0])
    return Response(success(job), status_code=202, headers={"Location": f"/api/v1/jobs/{job.id}"})


@get("/market/stocks/{symbol:str}/gaps", tags=["history"], responses=errors(404), dependencies=ASKED)
async def read_the_gaps(
    symbol: FromPath[SymbolText],
    actor: NamedDependency[Actor],
    read_gaps: NamedDependency[ReadGaps],
    history_asked: NamedDependency[HistoryAsked],
    exchange: Annotated[
        ExchangeText | None, QueryParameter(description="Where it is listed, if the symbol does not say.")
    ] = None,
) -> Success[GapsBody]:
    """Tell which days of trading a history has no bar of.

    It is asked for as the history itself is. Of bars shorter than a day, a day is missing if it has none at all. Whose
    days of trading are not known, such as those of an index, has no gaps that could be told.
    """
    found = await read_gaps(actor, Ticker.parse(symbol, exchange), history_asked)
    return success(gaps_body(found), cache=cache_meta(found.history))


ROUTES: Sequence[ControllerRouterHandler] = [request_a_backfill, read_the_gaps]

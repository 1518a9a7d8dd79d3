"""The route of the status of markets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from application.market_data.read_market_status import ReadMarketStatus
from domain.shared.access import Actor
from entrypoints.http.envelope import Success, success
from entrypoints.http.market_data.status_schemas import MarketStatusBody, market_status_body
from entrypoints.http.market_data.texts import ExchangeText


@get("/market/status", tags=["market"])
async def read_market_status(
    actor: NamedDependency[Actor],
    read_market_status: NamedDependency[ReadMarketStatus],
    exchange: Annotated[
        Annotated[list[ExchangeText], Meta(max_length=50)] | None,
        QueryParameter(description="Only these; all without. Several are given by repeating it."),
    ] = None,
) -> Success[list[MarketStatusBody]]:
    """Read which exchanges trade now, and when each opens or closes next.

    Holidays and half days are known, and what exchanges announced on top of them.
    """
    return success([market_status_body(each) for each in await read_market_status(actor, exchange or ())])


ROUTES: Sequence[ControllerRouterHandler] = [read_market_status]

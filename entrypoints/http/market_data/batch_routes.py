"""The route of many questions at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from application.market_data.read_coin import ReadCoin
from application.market_data.read_fundamentals import ReadFundamentals
from application.market_data.read_fx import ReadFx
from application.market_data.read_history import HistoryAsked, ReadHistory
from application.market_data.read_quotes import ReadQuotes
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor
from domain.shared.errors import Invalid, NotFound, TapedeckError, Unavailable
from entrypoints.http.envelope import Success, success
from entrypoints.http.market_data.batch_schemas import (
    BatchRequest,
    CoinPart,
    FundamentalsPart,
    FxPart,
    HistoryPart,
    PartBody,
    PartErrorBody,
    PartRequest,
    QuotePart,
)
from entrypoints.http.market_data.coin_schemas import coin_body
from entrypoints.http.market_data.fx_schemas import fx_rate_body
from entrypoints.http.market_data.history_schemas import history_body
from entrypoints.http.market_data.overview_schemas import fundamentals_body
from entrypoints.http.market_data.quote_schemas import quote_body
from entrypoints.http.rate_limits import READS
from entrypoints.http.types import to_currency


@post("/market/batch", tags=["market"], status_code=200, opt={**READS, "no_idempotency": True})
async def read_market_batch(
    *,
    data: JSONBody[BatchRequest],
    actor: NamedDependency[Actor],
    read_quotes: NamedDependency[ReadQuotes],
    read_history: NamedDependency[ReadHistory],
    read_fx: NamedDependency[ReadFx],
    read_fundamentals: NamedDependency[ReadFundamentals],
    read_coin: NamedDependency[ReadCoin],
) -> Success[list[PartBody]]:
    """Read several things at once.

    The parts are worked on at the same time, answered in their order, and each fails alone.
    """

    async def answer(part: PartRequest) -> PartBody:
        try:
            match part:
                case QuotePart():
                    found = await read_quotes.one(actor, Ticker.parse(part.symbol))
                    return PartBody(quote=quote_body(found.value))
                case HistoryPart():
                    asked = HistoryAsked(interval=part.interval, range=part.range, adjustment=part.adjustment)
                    series = await read_history.one(actor, Ticker.parse(part.symbol), asked)
                    return PartBody(history=history_body(series.value))
                case FxPart():
                    rate = await read_fx(actor, to_currency(part.base), to_currency(part.quote))
                    return PartBody(fx=fx_rate_body(part.base, part.quote, rate.value))
                case FundamentalsPart():
                    company = await read_fundamentals(actor, Ticker.parse(part.symbol))
                    return PartBody(fundamentals=fundamentals_body(company.value))
                case CoinPart():
                    coin = await read_coin(actor, part.id, to_currency(part.vs_currency.upper()))
                    return PartBody(coin=coin_body(coin.value))
        except (Invalid, NotFound, Unavailable) as error:
            return PartBody(error=_error(error))

    return success(list(await asyncio.gather(*map(answer, data.parts))))


def _error(error: TapedeckError) -> PartErrorBody:
    suggestions = error.details.get("suggestions")
    return PartErrorBody(
        code=error.code, message=error.message, suggestions=suggestions if isinstance(suggestions, list) else []
    )


ROUTES: Sequence[ControllerRouterHandler] = [read_market_batch]

"""The routes of quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from application.market_data.read_quotes import ReadQuotes
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from entrypoints.http.envelope import Success, cache_meta, success
from entrypoints.http.kept import same_for_everybody
from entrypoints.http.market_data.quote_schemas import QuoteBody, QuotesBody, quote_body, quotes_body
from entrypoints.http.market_data.texts import ExchangeText, SymbolsText, SymbolText, to_tickers
from entrypoints.http.problem import errors


@get("/quotes/{symbol:str}", tags=["quotes"], responses=errors(404), opt=same_for_everybody(Scope.MARKET_READ))
async def read_a_quote(
    symbol: FromPath[SymbolText],
    actor: NamedDependency[Actor],
    read_quotes: NamedDependency[ReadQuotes],
    exchange: Annotated[
        ExchangeText | None, QueryParameter(description="Where it is listed, if the symbol does not say.")
    ] = None,
) -> Success[QuoteBody]:
    """Read what something costs now.

    `provenance` says who tells so, of which time, and who should have told instead. Where nobody can tell now, the last
    that was told is shown as `stale` with its age. An unknown symbol is `unknown_symbol`, with suggestions.

    `/market/stocks/{symbol}` and `/stocks?symbol=` are other names of this.
    """
    found = await read_quotes.one(actor, Ticker.parse(symbol, exchange))
    return success(quote_body(found.value), cache=cache_meta(found))


@get("/quotes", tags=["quotes"])
async def read_quotes(
    actor: NamedDependency[Actor],
    read_quotes: NamedDependency[ReadQuotes],
    symbols: Annotated[SymbolsText, QueryParameter(description="What to tell about.")],
    exchange: Annotated[
        ExchangeText | None, QueryParameter(description="Where they are listed, if the symbols do not say.")
    ] = None,
) -> Success[QuotesBody]:
    """Read what several things cost now.

    Each fails alone: `missing` has those without a quote, and why. Several symbols may also stand, with commas between
    them, where the other names of a quote take one.
    """
    return success(quotes_body(await read_quotes(actor, to_tickers(symbols, exchange))))


ROUTES: Sequence[ControllerRouterHandler] = [read_a_quote, read_quotes]

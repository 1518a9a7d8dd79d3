"""The routes of histories."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from application.market_data.history import Range
from application.market_data.read_history import HistoryAsked, ReadHistory
from domain.market_data.bar import Adjustment, Interval
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor
from entrypoints.http.envelope import Success, cache_meta, success
from entrypoints.http.market_data.bar_files import COLUMNS, CSV, PARQUET, FileFormat, written
from entrypoints.http.market_data.history_schemas import HistoriesBody, HistoryBody, histories_body, history_body
from entrypoints.http.market_data.texts import ExchangeText, SymbolsText, SymbolText, to_tickers
from entrypoints.http.problem import errors
from entrypoints.http.rate_limits import HEAVY
from entrypoints.http.types import DateText, to_date


async def provide_history_asked(
    interval: Annotated[Interval, QueryParameter(description="The length of a bar.")] = Interval.DAY,
    range_: Annotated[
        Range | None, QueryParameter(name="range", description="How far back it goes; a year if nothing is said.")
    ] = None,
    first: Annotated[DateText | None, QueryParameter(name="from", description="The first day, in UTC.")] = None,
    last: Annotated[DateText | None, QueryParameter(name="to", description="The last day; today without.")] = None,
    adjustment: Annotated[
        Adjustment, QueryParameter(description="What prices are restated for, so that it makes no gap.")
    ] = Adjustment.SPLITS,
) -> HistoryAsked:
    """Read what is asked for from the query."""
    return HistoryAsked(
        interval=interval,
        range=range_,
        first=None if first is None else to_date(first, "from"),
        last=None if last is None else to_date(last, "to"),
        adjustment=adjustment,
    )


_UNSAFE: Final = re.compile("[^A-Za-z0-9._-]")
_FILES: Final = {
    **HEAVY,
    "answer": {
        CSV: {"schema": {"type": "string", "description": "One line for each bar."}, "example": ",".join(COLUMNS)},
        PARQUET: {"schema": {"contentMediaType": PARQUET, "description": "One row for each bar."}},
    },
}
ASKED: Final = {"history_asked": provide_history_asked}


@get("/history/{symbol:str}", tags=["history"], responses=errors(404), dependencies=ASKED)
async def read_a_history(
    symbol: FromPath[SymbolText],
    actor: NamedDependency[Actor],
    read_history: NamedDependency[ReadHistory],
    history_asked: NamedDependency[HistoryAsked],
    exchange: Annotated[
        ExchangeText | None, QueryParameter(description="Where it is listed, if the symbol does not say.")
    ] = None,
) -> Success[HistoryBody]:
    """Read what something has cost, bar by bar.

    A series comes from one provider, which `provenance` names. Prices are restated for the splits since, unless
    something else is wanted. Bars of minutes reach back a week at once, other bars of less than an hour two months.

    `/market/stocks/{symbol}/history` and `/stocks?action=history&symbol=` are other names of this, which also know the
    intervals daily, weekly and monthly.
    """
    found = await read_history.one(actor, Ticker.parse(symbol, exchange), history_asked)
    return success(history_body(found.value), cache=cache_meta(found))


@get("/history", tags=["history"], dependencies=ASKED)
async def read_histories(
    *,
    actor: NamedDependency[Actor],
    read_history: NamedDependency[ReadHistory],
    history_asked: NamedDependency[HistoryAsked],
    symbols: Annotated[SymbolsText, QueryParameter(description="What to tell about: at most ten.")],
    exchange: Annotated[
        ExchangeText | None, QueryParameter(description="Where they are listed, if the symbols do not say.")
    ] = None,
) -> Success[HistoriesBody]:
    """Read what several things have cost.

    Each fails alone: `missing` has those without a history, and why.
    """
    return success(histories_body(await read_history(actor, to_tickers(symbols, exchange), history_asked)))


@get(
    "/history/{symbol:str}/file",
    tags=["history"],
    responses=errors(404),
    dependencies=ASKED,
    media_type=CSV,
    opt=_FILES,
)
async def export_a_history(
    *,
    symbol: FromPath[SymbolText],
    actor: NamedDependency[Actor],
    read_history: NamedDependency[ReadHistory],
    history_asked: NamedDependency[HistoryAsked],
    file_format: Annotated[
        FileFormat, QueryParameter(name="format", description="Parquet takes the server's extra `parquet`.")
    ] = FileFormat.CSV,
    exchange: Annotated[
        ExchangeText | None, QueryParameter(description="Where it is listed, if the symbol does not say.")
    ] = None,
) -> Stream:
    """Export a history as a CSV or Parquet file, every number with all its digits.

    It is asked for as the history itself is. Put into the folder of the provider `files`, as `1d/NASDAQ/AAPL.parquet`,
    it is read back as it is. A Parquet file says in its metadata what it is of and who told it.
    """
    ticker = Ticker.parse(symbol, exchange)
    found = await read_history.one(actor, ticker, history_asked)
    content = await written(found.value, file_format)
    media_type = PARQUET if file_format is FileFormat.PARQUET else f"{CSV}; charset=utf-8"
    # a name for any system: symbols have letters that file names cannot have
    name = _UNSAFE.sub("_", f"{ticker}-{history_asked.interval}") + f".{file_format}"
    return Stream(
        iter([content]), media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


ROUTES: Sequence[ControllerRouterHandler] = [read_a_history, read_histories, export_a_history]

"""The routes of trades."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler

from application.ledger.patch_trade import PatchTrade, PatchTradeCommand
from application.ledger.queries import TradeQueries
from application.ledger.record_trade import RecordTrade
from application.ledger.record_trades import Mode, RecordTrades, Verdict
from application.ledger.replace_trade import ReplaceTrade, ReplaceTradeCommand
from application.ledger.trade_search import TradeSearch
from application.ledger.void_trade import VoidTrade, VoidTradeCommand
from application.ledger.wanted import TradeFilter, TradeSort
from application.shared.pages import PageRequest
from domain.ledger.category import Category
from domain.ledger.execution import Side
from domain.shared.access import Actor
from domain.shared.ids import AccountId, ImportId, TradeId
from domain.shared.instrument import Segment
from domain.shared.moment import Moment
from entrypoints.http.envelope import CREATED, VERSIONED, Success, created, paged, success, versioned
from entrypoints.http.ledger.bulk_schemas import RecordedTradesBody, RecordTradesRequest, recorded_body, refusal
from entrypoints.http.ledger.query_schemas import QueryTradesRequest
from entrypoints.http.ledger.texts import ExchangeText, ReasonText, ReferenceText, StrategyText, SymbolText, TagText
from entrypoints.http.ledger.trade_schemas import (
    PatchTradeRequest,
    RecordTradeRequest,
    TradeBody,
    VoidTradeRequest,
    line_body,
    trade_body,
)
from entrypoints.http.limits import MAX_BULK_BYTES
from entrypoints.http.lines import Listed, Rows
from entrypoints.http.problem import errors
from entrypoints.http.rate_limits import READS
from entrypoints.http.types import InstantText, to_instant


@post("/trades", tags=["trades"], status_code=201, response_headers=CREATED, responses=errors(404, 409))
async def record_a_trade(
    data: JSONBody[RecordTradeRequest], actor: NamedDependency[Actor], record_trade: NamedDependency[RecordTrade]
) -> Response[Success[TradeBody]]:
    """Record a trade.

    Positions, lots and profit and loss follow at once, also when the trade lies in the past. A fill that agrees with a
    recorded one in `brokerTradeId`, instrument, side, time, quantity and price is refused as a duplicate.
    """
    view = await record_trade(actor, data.to_entry())
    return created(trade_body(view), f"/trades/{view.id}", view.version)


@post(
    "/trades/bulk",
    tags=["trades"],
    status_code=200,
    responses=errors(409),
    request_max_body_size=MAX_BULK_BYTES,
)
async def record_many_trades(
    data: JSONBody[RecordTradesRequest], actor: NamedDependency[Actor], record_trades: NamedDependency[RecordTrades]
) -> Success[RecordedTradesBody]:
    """Record up to 10,000 trades in one step.

    Every row gets a verdict. `all_or_nothing` answers 422 with a problem for each rejected row and stores nothing;
    `partial` records the rows that stand; `dryRun` judges and stores nothing. A duplicate is no error and adds nothing.
    """
    outcome = await record_trades(actor, data.to_command())
    is_refused = data.mode is Mode.ALL_OR_NOTHING and any(row.verdict is Verdict.REJECTED for row in outcome.verdicts)
    if is_refused and not data.dry_run:
        raise refusal(outcome.verdicts)
    return success(recorded_body(outcome, dry_run=data.dry_run))


async def provide_trades_wanted(
    *,
    account_id: Annotated[UUID | None, QueryParameter(name="accountId", description="Only of this account.")] = None,
    symbol: Annotated[SymbolText | None, QueryParameter(description="Only in this symbol.")] = None,
    exchange: Annotated[ExchangeText | None, QueryParameter(description="Only on this exchange.")] = None,
    segment: Annotated[Segment | None, QueryParameter(description="Only in this segment.")] = None,
    side: Annotated[Side | None, QueryParameter(description="Only on this side.")] = None,
    category: Annotated[Category | None, QueryParameter(description="Only of this category.")] = None,
    strategy: Annotated[StrategyText | None, QueryParameter(description="Only of this strategy.")] = None,
    tag: Annotated[TagText | None, QueryParameter(description="Only with this tag.")] = None,
    executed_from: Annotated[
        InstantText | None, QueryParameter(name="executedFrom", description="Only executed then or later.")
    ] = None,
    executed_to: Annotated[
        InstantText | None, QueryParameter(name="executedTo", description="Only executed before.")
    ] = None,
    broker_order_id: Annotated[
        ReferenceText | None, QueryParameter(name="brokerOrderId", description="Only of this order.")
    ] = None,
    import_id: Annotated[
        UUID | None, QueryParameter(name="importId", description="Only what this import brought.")
    ] = None,
    include_voided: Annotated[bool, QueryParameter(name="includeVoided", description="Void trades too.")] = False,
) -> TradeFilter:
    """Return which trades are wanted."""
    return TradeFilter(
        account_id=None if account_id is None else AccountId(account_id),
        symbol=symbol,
        exchange=exchange,
        segment=segment,
        side=side,
        category=category,
        strategy=strategy,
        tag=tag,
        executed_from=None if executed_from is None else to_instant(executed_from, "executedFrom"),
        executed_to=None if executed_to is None else to_instant(executed_to, "executedTo"),
        broker_order_id=broker_order_id,
        import_id=None if import_id is None else ImportId(import_id),
        include_voided=include_voided,
    )


@get("/trades", tags=["trades"], dependencies={"wanted": Provide(provide_trades_wanted)})
async def list_trades(
    *,
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    wanted: NamedDependency[TradeFilter],
    rows: NamedDependency[Rows],
    trade_queries: NamedDependency[TradeQueries],
    sort: Annotated[
        TradeSort, QueryParameter(description="The order; - is descending. Equal values are in the order of ids.")
    ] = TradeSort.EXECUTED_AT_DESC,
) -> Listed[TradeBody]:
    """List trades.

    Pages stand still: what is recorded while you read moves no row to another page.
    """
    queries = trade_queries.at(moment)
    return await rows.listed(lambda page: queries.trades(actor, wanted, sort, page), line_body)


@post("/trades/query", tags=["trades"], status_code=200, opt={**READS, "no_idempotency": True})
async def query_trades(
    data: JSONBody[QueryTradesRequest],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    trade_search: NamedDependency[TradeSearch],
) -> Success[list[TradeBody]]:
    """Find trades by a filter.

    Conditions compare a `field` with a `value` by an `operator`: `eq`, `ne`, `in` and `is_null`; `lt`, `lte`, `gt`,
    `gte` for numbers and times; `contains` and `starts_with`, letter by letter, for texts; `contains` for tags. They
    are joined by `and`, `or` and `not`. A condition on a missing value is false, and `ne` is the opposite of `eq`.
    Nothing is changed, so no `Idempotency-Key` is taken.
    """
    return paged(await trade_search.at(moment).matching(actor, data.to_query(), data.sort, data.to_page()), trade_body)


@get("/trades/{trade_id:uuid}", tags=["trades"], response_headers=VERSIONED)
async def read_trade(
    trade_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    trade_queries: NamedDependency[TradeQueries],
) -> Response[Success[TradeBody]]:
    """Read a trade, void or not."""
    view = await trade_queries.at(moment).trade(actor, TradeId(trade_id))
    return versioned(trade_body(view), view.version)


@get("/trades/{trade_id:uuid}/versions", tags=["trades"])
async def list_versions(
    trade_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    page: NamedDependency[PageRequest],
    trade_queries: NamedDependency[TradeQueries],
) -> Success[list[TradeBody]]:
    """List what a trade is and was, the newest version first.

    Each version was so from its `updatedAt` to that of the next; nothing that was ever recorded is lost.
    """
    return paged(await trade_queries.at(moment).versions(actor, TradeId(trade_id), page), trade_body)


@put(
    "/trades/{trade_id:uuid}",
    tags=["trades"],
    status_code=200,
    response_headers=VERSIONED,
    responses=errors(409),
)
async def replace_a_trade(
    trade_id: FromPath[UUID],
    data: JSONBody[RecordTradeRequest],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    replace_trade: NamedDependency[ReplaceTrade],
) -> Response[Success[TradeBody]]:
    """Replace a trade by another account of it.

    What is left out is cleared. The account must be the same; positions follow at once.
    """
    command = ReplaceTradeCommand(TradeId(trade_id), expected_version, data.to_entry())
    view = await replace_trade(actor, command)
    return versioned(trade_body(view), view.version)


@patch("/trades/{trade_id:uuid}", tags=["trades"], response_headers=VERSIONED, responses=errors(409))
async def change_trade(
    trade_id: FromPath[UUID],
    data: JSONBody[PatchTradeRequest],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    patch_trade: NamedDependency[PatchTrade],
) -> Response[Success[TradeBody]]:
    """Change some fields of a trade.

    null clears, what is left out stays; positions follow at once.
    """
    view = await patch_trade(actor, PatchTradeCommand(TradeId(trade_id), expected_version, data.to_patch()))
    return versioned(trade_body(view), view.version)


@post(
    "/trades/{trade_id:uuid}/void",
    tags=["trades"],
    status_code=200,
    response_headers=VERSIONED,
    responses=errors(409),
)
async def void_a_trade(
    trade_id: FromPath[UUID],
    data: JSONBody[VoidTradeRequest],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    void_trade: NamedDependency[VoidTrade],
) -> Response[Success[TradeBody]]:
    """Void a trade.

    It stays on record and counts in no figure any more. A void trade cannot be changed or revived.
    """
    view = await void_trade(actor, VoidTradeCommand(TradeId(trade_id), expected_version, data.reason))
    return versioned(trade_body(view), view.version)


@delete(
    "/trades/{trade_id:uuid}",
    tags=["trades"],
    status_code=200,
    response_headers=VERSIONED,
    responses=errors(409),
)
async def delete_trade(
    trade_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    expected_version: NamedDependency[int],
    void_trade: NamedDependency[VoidTrade],
    reason: Annotated[ReasonText, QueryParameter(description="Why; kept with the trade.")] = "Deleted by its owner",
) -> Response[Success[TradeBody]]:
    """Void a trade, as `POST /trades/{trade_id}/void` does: nothing is ever deleted from a ledger."""
    view = await void_trade(actor, VoidTradeCommand(TradeId(trade_id), expected_version, reason))
    return versioned(trade_body(view), view.version)


ROUTES: Sequence[ControllerRouterHandler] = [
    record_a_trade,
    record_many_trades,
    list_trades,
    query_trades,
    read_trade,
    list_versions,
    replace_a_trade,
    change_trade,
    void_a_trade,
    delete_trade,
]

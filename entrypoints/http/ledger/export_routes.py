"""The routes of exports: whole tables as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from application.ledger.exports import ExportFilter, LedgerExports
from application.ledger.views import DisposalView, InstrumentView, LotView, TradeView
from domain.ledger.fees import FeeKind
from domain.shared.access import Actor
from entrypoints.http.ledger.position_routes import OfAccount, account_wanted
from entrypoints.http.spreadsheets import MEDIA_TYPE, Cell, table

_INSTRUMENT: Final = ("symbol", "exchange", "segment", "currency", "multiplier", "isin")
TRADE_COLUMNS: Final = (
    "tradeId",
    "accountId",
    *_INSTRUMENT,
    "tickSize",
    "lotSize",
    "side",
    "quantity",
    "price",
    "fees.brokerage",
    "fees.exchange",
    "fees.regulatory",
    "fees.tax",
    "fees.stampDuty",
    "fees.other",
    "executedAt",
    "sequence",
    "settlementDate",
    "category",
    "strategy",
    "tags",
    "notes",
    "attachments",
    "brokerTradeId",
    "brokerOrderId",
)
_LOT_COLUMNS: Final = (
    "lotId",
    "accountId",
    *_INSTRUMENT,
    "direction",
    "quantity",
    "price",
    "fee",
    "openedAt",
    "leftQuantity",
    "leftFee",
    "leftCost",
    "closedAt",
)
_DISPOSAL_COLUMNS: Final = (
    "disposalId",
    "lotId",
    "accountId",
    *_INSTRUMENT,
    "direction",
    "quantity",
    "openPrice",
    "closePrice",
    "openedAt",
    "closedAt",
    "openFee",
    "closeFee",
    "cost",
    "proceeds",
    "realised",
)


def _csv(what: str, columns: Sequence[str]) -> dict[str, object]:
    example = f"{','.join(columns)}\r\n"
    return {"answer": {MEDIA_TYPE: {"schema": {"type": "string", "description": what}, "example": example}}}


@get(
    "/exports/trades",
    tags=["exports"],
    opt=_csv("One line for each trade.", TRADE_COLUMNS),
    media_type=MEDIA_TYPE,
)
async def export_trades(
    actor: NamedDependency[Actor], ledger_exports: NamedDependency[LedgerExports], account_id: OfAccount = None
) -> Stream:
    """Export trades as CSV.

    One line for each trade that is not void, oldest first, with all that you entered: imported into an empty account,
    the file gives the same ledger. Tags and attachments are JSON arrays. A text that a spreadsheet could run as a
    formula has an apostrophe in front, which the import takes away.
    """
    wanted = ExportFilter(account_wanted(account_id))
    return await table("trades.csv", TRADE_COLUMNS, ledger_exports.trades(actor, wanted), _trade)


@get("/exports/lots", tags=["exports"], opt=_csv("One line for each lot.", _LOT_COLUMNS), media_type=MEDIA_TYPE)
async def export_lots(
    actor: NamedDependency[Actor], ledger_exports: NamedDependency[LedgerExports], account_id: OfAccount = None
) -> Stream:
    """Export lots, open and closed, as CSV, by age."""
    wanted = ExportFilter(account_wanted(account_id))
    return await table("lots.csv", _LOT_COLUMNS, ledger_exports.lots(actor, wanted), _lot)


@get(
    "/exports/disposals",
    tags=["exports"],
    opt=_csv("One line for each lot that each disposal closed.", _DISPOSAL_COLUMNS),
    media_type=MEDIA_TYPE,
)
async def export_disposals(
    actor: NamedDependency[Actor], ledger_exports: NamedDependency[LedgerExports], account_id: OfAccount = None
) -> Stream:
    """Export disposals as CSV.

    One line for each lot that each disposal closed, oldest disposal first. A quantity without a known purchase has a
    line of its own without lot, cost and realised: its proceeds are no profit.
    """
    wanted = ExportFilter(account_wanted(account_id))
    return await table("disposals.csv", _DISPOSAL_COLUMNS, ledger_exports.disposals(actor, wanted), _disposal)


def _instrument(view: InstrumentView) -> tuple[Cell, ...]:
    return (view.symbol, view.exchange, view.segment, view.currency, view.multiplier, view.isin)


def _trade(view: TradeView) -> Iterator[Sequence[Cell]]:
    yield (
        view.id,
        view.account_id,
        *_instrument(view.instrument),
        view.instrument.tick_size,
        view.instrument.lot_size,
        view.side,
        view.quantity,
        view.price,
        *(view.fees.get(kind) for kind in FeeKind),
        view.executed_at,
        view.sequence,
        view.settlement_date,
        view.category,
        view.strategy,
        _array(view.tags),
        view.notes,
        _array(view.attachments),
        view.broker_trade_id,
        view.broker_order_id,
    )


def _array(texts: Sequence[str]) -> str | None:
    return msgspec.json.encode(texts).decode() if texts else None


def _lot(view: LotView) -> Iterator[Sequence[Cell]]:
    yield (
        view.id,
        view.account_id,
        *_instrument(view.instrument),
        view.direction,
        view.quantity,
        view.price,
        view.fee,
        view.opened_at,
        view.left_quantity,
        view.left_fee,
        view.left_cost,
        view.closed_at,
    )


def _disposal(view: DisposalView) -> Iterator[Sequence[Cell]]:
    place = (view.account_id, *_instrument(view.instrument), view.direction)
    for match in view.matches:
        yield (
            view.id,
            match.lot_id,
            *place,
            match.quantity,
            match.open_price,
            view.price,
            match.opened_at,
            view.closed_at,
            match.open_fee,
            match.close_fee,
            match.cost,
            match.proceeds,
            match.realised,
        )
    if view.unmatched_quantity:
        unmatched = (view.unmatched_quantity, None, view.price, None, view.closed_at)
        yield (view.id, None, *place, *unmatched, None, None, None, view.unmatched_proceeds, None)


ROUTES: Sequence[ControllerRouterHandler] = [export_trades, export_lots, export_disposals]

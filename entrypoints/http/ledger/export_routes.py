"""The routes of exports: whole tables as CSV, and the ledger as a journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from application.ledger.cash.queries import CashExports, ExportedCash
from application.ledger.exports import ExportFilter, LedgerExports
from application.ledger.journals import JournalHead, LedgerJournal
from application.ledger.views import DisposalView, InstrumentView, LotView, TradeView
from domain.ledger.cash import CashMovement
from domain.ledger.execution import LotSelection
from domain.ledger.fees import FeeKind
from domain.ledger.journal import JournalEntry
from domain.shared.access import Actor
from domain.shared.moment import Moment
from domain.shared.money import plain
from entrypoints.http.ledger.beancount import Journal
from entrypoints.http.ledger.position_routes import OfAccount, account_wanted
from entrypoints.http.rate_limits import HEAVY
from entrypoints.http.spreadsheets import MEDIA_TYPE, Cell, table, text_file

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
    "lotSelection",
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

CASH_COLUMNS: Final = (
    "cashMovementId",
    "accountId",
    "kind",
    "amount",
    "taxWithheld",
    "net",
    "currency",
    "occurredAt",
    "valueDate",
    "symbol",
    "exchange",
    "segment",
    "instrumentCurrency",
    "multiplier",
    "isin",
    "reinvestedTradeId",
    "counterpartId",
    "received.amount",
    "received.currency",
    "received.valueDate",
    "received.notes",
    "notes",
)


def _csv(what: str, columns: Sequence[str]) -> dict[str, object]:
    example = f"{','.join(columns)}\r\n"
    return {**HEAVY, "answer": {MEDIA_TYPE: {"schema": {"type": "string", "description": what}, "example": example}}}


@get(
    "/exports/trades",
    tags=["exports"],
    opt=_csv("One line for each trade.", TRADE_COLUMNS),
    media_type=MEDIA_TYPE,
)
async def export_trades(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    ledger_exports: NamedDependency[LedgerExports],
    account_id: OfAccount = None,
) -> Stream:
    """Export trades as CSV.

    One line for each trade that is not void, oldest first, with all that you entered. The export of one account,
    imported into an empty account of the same settings, gives the same ledger; imported into its own account it adds
    nothing. Tags and attachments are JSON arrays, chosen lots a JSON object of quantities. A text that a spreadsheet
    could run as a formula has an apostrophe in front, which the import takes away.
    """
    wanted = ExportFilter(account_wanted(account_id))
    return await table("trades.csv", TRADE_COLUMNS, ledger_exports.at(moment).trades(actor, wanted), trade_line)


@get("/exports/lots", tags=["exports"], opt=_csv("One line for each lot.", _LOT_COLUMNS), media_type=MEDIA_TYPE)
async def export_lots(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    ledger_exports: NamedDependency[LedgerExports],
    account_id: OfAccount = None,
) -> Stream:
    """Export lots, open and closed, as CSV, by age."""
    wanted = ExportFilter(account_wanted(account_id))
    return await table("lots.csv", _LOT_COLUMNS, ledger_exports.at(moment).lots(actor, wanted), lot_line)


@get(
    "/exports/disposals",
    tags=["exports"],
    opt=_csv("One line for each lot that each disposal closed.", _DISPOSAL_COLUMNS),
    media_type=MEDIA_TYPE,
)
async def export_disposals(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    ledger_exports: NamedDependency[LedgerExports],
    account_id: OfAccount = None,
) -> Stream:
    """Export disposals as CSV.

    One line for each lot that each disposal closed, oldest disposal first. A quantity without a known purchase has a
    line of its own without lot, cost and realised: its proceeds are no profit.
    """
    wanted = ExportFilter(account_wanted(account_id))
    return await table(
        "disposals.csv", _DISPOSAL_COLUMNS, ledger_exports.at(moment).disposals(actor, wanted), disposal_lines
    )


@get(
    "/exports/cash-movements",
    tags=["exports"],
    opt=_csv("One line for each movement of cash.", CASH_COLUMNS),
    media_type=MEDIA_TYPE,
)
async def export_cash_movements(
    actor: NamedDependency[Actor],
    moment: NamedDependency[Moment],
    cash_exports: NamedDependency[CashExports],
    account_id: OfAccount = None,
) -> Stream:
    """Export movements of cash as CSV.

    One line for each that is not void, oldest first. `net` is what it adds to the balance; what trades and corporate
    actions moved is not among them. A line of what a conversion gave tells what was received as well, which has a line
    of its own below. The export of one account can be imported like that of trades, after it.
    """
    rows = cash_exports.at(moment).cash_movements(actor, ExportFilter(account_wanted(account_id)))
    return await table("cash-movements.csv", CASH_COLUMNS, rows, cash_line)


@get(
    "/exports/beancount",
    tags=["exports"],
    opt={
        **HEAVY,
        "answer": {
            "text/plain": {
                "schema": {"type": "string", "description": "A journal that Beancount 3 reads."},
                "example": 'option "title" "Tapedeck"\n',
            }
        },
    },
    media_type="text/plain",
)
async def export_beancount(
    actor: NamedDependency[Actor], moment: NamedDependency[Moment], ledger_journal: NamedDependency[LedgerJournal]
) -> Stream:
    """Export the whole ledger as a Beancount journal.

    Trades, corporate actions, transfers and cash of all accounts in double entry. Each reduction names its lot by cost,
    date and label, so Beancount books exactly the lots that the ledger took, whatever the account's method. Fees are in
    `Expenses:Fees`, gains before fees in `Income:Gains`, and what was sold without a known purchase in
    `Equity:Missing-Basis`. A commodity's metadata has the symbol as you entered it.
    """
    return await text_file("ledger.beancount", "text/plain", _journal(ledger_journal.at(moment).entries(actor)))


async def _journal(entries: AsyncIterator[JournalHead | JournalEntry | CashMovement]) -> AsyncIterator[str]:
    journal: Journal | None = None
    async for each in entries:
        if isinstance(each, JournalHead):
            journal = Journal(each)
            for line in journal.opening():
                yield line
        elif journal is not None:
            yield journal.cash(each) if isinstance(each, CashMovement) else journal.transaction(each)


def _instrument(view: InstrumentView) -> tuple[Cell, ...]:
    return (view.symbol, view.exchange, view.segment, view.currency, view.multiplier, view.isin)


def trade_line(view: TradeView) -> Iterator[Sequence[Cell]]:
    """Return the line of a trade, under `TRADE_COLUMNS`."""
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
        _chosen(view.lot_selection),
    )


def _chosen(lots: Sequence[LotSelection]) -> str | None:
    quantities = {str(lot_id): plain(quantity) for lot_id, quantity in lots}
    return msgspec.json.encode(quantities).decode() if lots else None


def _array(texts: Sequence[str]) -> str | None:
    return msgspec.json.encode(texts).decode() if texts else None


def lot_line(view: LotView) -> Iterator[Sequence[Cell]]:
    """Return the line of a lot."""
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


def disposal_lines(view: DisposalView) -> Iterator[Sequence[Cell]]:
    """Return a line for each lot that a disposal closed, and one for what has no lot."""
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


def cash_line(exported: ExportedCash) -> Iterator[Sequence[Cell]]:
    """Return the line of a movement, under `CASH_COLUMNS`."""
    view, received = exported.movement, exported.received
    yield (
        view.id,
        view.account_id,
        view.kind,
        view.amount,
        view.tax,
        view.net,
        view.currency,
        view.occurred_at,
        view.value_date,
        *((None,) * 6 if view.instrument is None else _instrument(view.instrument)),
        view.reinvested_in,
        view.counterpart_id,
        *(
            (None,) * 4
            if received is None
            else (received.amount, received.currency, received.value_date, received.notes)
        ),
        view.notes,
    )


ROUTES: Sequence[ControllerRouterHandler] = [
    export_trades,
    export_lots,
    export_disposals,
    export_beancount,
    export_cash_movements,
]

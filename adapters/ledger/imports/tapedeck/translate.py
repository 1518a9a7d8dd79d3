"""Turns an exported trade into a fill that has all that was entered, and names the trade it was."""

from __future__ import annotations

from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.tapedeck.parse import FEE_COLUMNS, ExportedRow
from adapters.ledger.imports.tapedeck.values import (
    decoded,
    id_of,
    instant_of,
    number,
    optional,
    optional_day,
    required,
    sequence_of,
    word,
)
from domain.ledger.category import Category
from domain.ledger.execution import LotSelection, Side
from domain.ledger.fees import Fees
from domain.ledger.imports.fill import Fill, Origin, exported_name
from domain.shared.ids import AccountId, TradeId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency, parse_decimal


def translate(row: ExportedRow) -> Fill:
    """Return the fill; raise BadCell or Invalid, naming the column, if the row is none."""
    origin = Origin(TradeId(id_of(row.cell("tradeId"))), AccountId(id_of(row.cell("accountId"))))
    category = row.cell("category")
    return Fill(
        instrument=InstrumentKey(
            required(row, "symbol"),
            required(row, "exchange"),
            word(row.cell("segment"), Segment),
            Currency(required(row, "currency")),
        ),
        side=word(row.cell("side"), Side),
        quantity=number(row.cell("quantity")),
        price=number(row.cell("price")),
        executed_at=instant_of(row.cell("executedAt")),
        fill_id=exported_name(origin.trade_id),
        sequence=sequence_of(row.cell("sequence")),
        isin=row.text("isin"),
        multiplier=optional(row.cell("multiplier")),
        fees=_fees(row),
        settlement_date=optional_day(row.cell("settlementDate")),
        category=word(category, Category) if category.text else None,
        strategy=row.text("strategy"),
        tags=tuple(decoded(row, "tags", list[str]) or ()),
        notes=row.text("notes"),
        broker_trade_id=row.text("brokerTradeId"),
        broker_order_id=row.text("brokerOrderId"),
        attachments=tuple(decoded(row, "attachments", list[str]) or ()),
        tick_size=optional(row.cell("tickSize")),
        lot_size=optional(row.cell("lotSize")),
        lot_selection=_selection(row),
        origin=origin,
    )


def _fees(row: ExportedRow) -> Fees:
    cells = {kind: row.cell(name) for kind, name in FEE_COLUMNS.items()}
    return Fees({kind: number(cell) for kind, cell in cells.items() if cell.text})


def _selection(row: ExportedRow) -> tuple[LotSelection, ...]:
    cell = row.cell("lotSelection")
    chosen = decoded(row, "lotSelection", dict[str, str]) or {}
    return tuple(
        LotSelection(id_of(Cell(cell.column, lot_id)), parse_decimal(quantity, cell.column))
        for lot_id, quantity in chosen.items()
    )

"""Picks the cells of a tradebook's row by the names of their columns."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.ledger.imports.delimited.cells import Cell, Columns
from adapters.ledger.imports.delimited.records import Record


@dataclass(frozen=True, slots=True)
class TradebookRow:
    """One row, as texts."""

    symbol: Cell
    isin: Cell
    trade_date: Cell
    exchange: Cell
    segment: Cell
    series: Cell
    trade_type: Cell
    auction: Cell
    quantity: Cell
    price: Cell
    trade_id: Cell
    order_id: Cell
    order_execution_time: Cell
    expiry_date: Cell


def parse(columns: Columns, record: Record) -> TradebookRow:
    """Return the row's cells; a column that the file lacks is empty."""
    return TradebookRow(
        symbol=columns.cell(record, "symbol"),
        isin=columns.cell(record, "isin"),
        trade_date=columns.cell(record, "trade_date"),
        exchange=columns.cell(record, "exchange"),
        segment=columns.cell(record, "segment"),
        series=columns.cell(record, "series"),
        trade_type=columns.cell(record, "trade_type"),
        auction=columns.cell(record, "auction"),
        quantity=columns.cell(record, "quantity"),
        price=columns.cell(record, "price"),
        trade_id=columns.cell(record, "trade_id"),
        order_id=columns.cell(record, "order_id"),
        order_execution_time=columns.cell(record, "order_execution_time"),
        expiry_date=columns.cell(record, "expiry_date"),
    )

"""Turns an exported trade into a fill that has all that was entered, and names the trade it was."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TypeVar
from uuid import UUID

import msgspec

from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.tapedeck.parse import FEE_COLUMNS, ExportedRow
from domain.ledger.category import Category
from domain.ledger.execution import LotSelection, Side
from domain.ledger.fees import Fees
from domain.ledger.imports.fill import Fill, Origin, exported_name
from domain.shared.ids import AccountId, TradeId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency, parse_decimal
from domain.shared.time import instant

_Word = TypeVar("_Word", bound=Enum)
_Json = TypeVar("_Json")


def translate(row: ExportedRow) -> Fill:
    """Return the fill; raise BadCell or Invalid, naming the column, if the row is none."""
    origin = Origin(TradeId(_id(row.cell("tradeId"))), AccountId(_id(row.cell("accountId"))))
    category = row.cell("category")
    return Fill(
        instrument=InstrumentKey(
            _required(row, "symbol"),
            _required(row, "exchange"),
            _word(row.cell("segment"), Segment),
            Currency(_required(row, "currency")),
        ),
        side=_word(row.cell("side"), Side),
        quantity=_number(row.cell("quantity")),
        price=_number(row.cell("price")),
        executed_at=_executed_at(row.cell("executedAt")),
        fill_id=exported_name(origin.trade_id),
        sequence=_sequence(row.cell("sequence")),
        isin=row.text("isin"),
        multiplier=_optional(row.cell("multiplier")),
        fees=_fees(row),
        settlement_date=_settlement_date(row.cell("settlementDate")),
        category=_word(category, Category) if category.text else None,
        strategy=row.text("strategy"),
        tags=tuple(_json(row, "tags", list[str]) or ()),
        notes=row.text("notes"),
        broker_trade_id=row.text("brokerTradeId"),
        broker_order_id=row.text("brokerOrderId"),
        attachments=tuple(_json(row, "attachments", list[str]) or ()),
        tick_size=_optional(row.cell("tickSize")),
        lot_size=_optional(row.cell("lotSize")),
        lot_selection=_selection(row),
        origin=origin,
    )


def _required(row: ExportedRow, name: str) -> str:
    text = row.text(name)
    return row.cell(name).required() if text is None else text


def _id(cell: Cell) -> UUID:
    try:
        return UUID(cell.required())
    except ValueError as error:
        raise cell.bad("is not an id") from error


def _word(cell: Cell, kind: type[_Word]) -> _Word:
    try:
        return kind(cell.required())
    except ValueError as error:
        raise cell.bad(f"is none of {', '.join(str(each.value) for each in kind)}") from error


def _number(cell: Cell) -> Decimal:
    return parse_decimal(cell.required(), cell.column)


def _optional(cell: Cell) -> Decimal | None:
    return _number(cell) if cell.text else None


def _sequence(cell: Cell) -> int:
    text = cell.required()
    if not (text.isascii() and text.isdigit() and len(text) <= 10):  # noqa: PLR2004 - the digits of the largest
        raise cell.bad("is not a whole number")
    return int(text)


def _executed_at(cell: Cell) -> datetime:
    try:
        return instant(datetime.fromisoformat(cell.required()), cell.column)
    except ValueError as error:
        raise cell.bad("is not a time like 2024-01-31T09:15:00.000001Z") from error


def _settlement_date(cell: Cell) -> date | None:
    if not cell.text:
        return None
    try:
        return date.fromisoformat(cell.text)
    except ValueError as error:
        raise cell.bad("is not a date like 2024-01-31") from error


def _fees(row: ExportedRow) -> Fees:
    cells = {kind: row.cell(name) for kind, name in FEE_COLUMNS.items()}
    return Fees({kind: _number(cell) for kind, cell in cells.items() if cell.text})


def _selection(row: ExportedRow) -> tuple[LotSelection, ...]:
    cell = row.cell("lotSelection")
    chosen = _json(row, "lotSelection", dict[str, str]) or {}
    return tuple(
        LotSelection(_id(Cell(cell.column, lot_id)), parse_decimal(quantity, cell.column))
        for lot_id, quantity in chosen.items()
    )


def _json(row: ExportedRow, name: str, kind: type[_Json]) -> _Json | None:
    cell = row.cell(name)
    if not cell.text:
        return None
    try:
        return msgspec.json.decode(cell.text, type=kind)
    except msgspec.DecodeError as error:
        raise cell.bad("is not the JSON that an export writes") from error

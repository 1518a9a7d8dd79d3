"""Turns a tradebook's row into a fill.

Sides are `buy` and `sell` and nothing else; amounts are rupees; times are India's, which has no clock changes.
The symbol of a derivative names its contract, so the expiry date is only noted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.zerodha.parse import TradebookRow
from domain.ledger.execution import Side
from domain.ledger.imports.fill import Fill, scoped_fill_id, sequence_of
from domain.ledger.imports.local_time import localise
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Currency, parse_decimal
from domain.shared.time import instant

_Value = TypeVar("_Value")

INDIA: Final = ZoneInfo("Asia/Kolkata")
_RUPEE: Final = Currency("INR")
_SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
_SEGMENTS: Final = {
    "EQ": Segment.EQUITY,
    "FO": Segment.DERIVATIVE,
    "F&O": Segment.DERIVATIVE,
    "MF": Segment.FUND,
    "COM": Segment.COMMODITY,
    "MCX": Segment.COMMODITY,
    "CDS": Segment.CURRENCY,
}
_FLAGS: Final = {"": False, "false": False, "no": False, "n": False, "0": False} | dict.fromkeys(
    ("true", "yes", "y", "1"), True
)
_TIME_ONLY = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?", re.ASCII)
_DATE_AND_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LONGEST_SYMBOL = 64


def translate(row: TradebookRow) -> Fill:
    """Return the fill; raise BadCell or Invalid, naming the column, if the row is none."""
    segment = _one_of(row.segment, _SEGMENTS, str.upper, "is not a segment of Zerodha (EQ, FO, MF, COM, CDS)")
    side = _one_of(row.trade_type, _SIDES, str.lower, "is neither buy nor sell")
    exchange = row.exchange.required().upper()
    traded_on = _date(row.trade_date)
    trade_id = row.trade_id.text
    is_auction = _one_of(row.auction, _FLAGS, str.lower, "is neither true nor false")
    symbol = _symbol(row, segment)
    return Fill(
        instrument=InstrumentKey(symbol, exchange, segment, _RUPEE),
        side=side,
        quantity=parse_decimal(row.quantity.required(), "quantity"),
        price=parse_decimal(row.price.required(), "price"),
        executed_at=_executed_at(row.order_execution_time, traded_on),
        fill_id=scoped_fill_id(exchange, segment, traded_on, trade_id) if trade_id else None,
        sequence=sequence_of(trade_id),
        isin=row.isin.text or None,
        tags=("auction",) if is_auction else (),
        notes=_notes(row, symbol),
        broker_trade_id=trade_id or None,
        broker_order_id=row.order_id.text or None,
    )


def _one_of(cell: Cell, words: Mapping[str, _Value], fold: Callable[[str], str], reason: str) -> _Value:
    value = words.get(fold(cell.text))
    if value is None:
        raise cell.bad(reason)
    return value


def _symbol(row: TradebookRow, segment: Segment) -> str:
    """Return the symbol; a fund whose name is too long for one goes by its ISIN."""
    symbol = row.symbol.required()
    if segment is Segment.FUND and len(symbol) > _LONGEST_SYMBOL and row.isin.text:
        return row.isin.text
    return symbol


def _notes(row: TradebookRow, symbol: str) -> str | None:
    """Keep what has no place of its own: a fund's long name, an unusual series, the expiry."""
    notes = [row.symbol.text] if symbol != row.symbol.text else []
    if row.series.text and row.series.text != "EQ":
        notes.append(f"Series {row.series.text}")
    if row.expiry_date.text:
        notes.append(f"Expiry {row.expiry_date.text}")
    return ", ".join(notes) or None


def _date(cell: Cell) -> date:
    text = cell.required()
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise cell.bad("is not a date of the calendar") from error
    raise cell.bad("is not a date like 2024-01-31")


def _executed_at(cell: Cell, traded_on: date) -> datetime:
    text = cell.required()
    if _TIME_ONLY.fullmatch(text):
        text = f"{traded_on.isoformat()}T{text}"
    if _DATE_AND_TIME.fullmatch(text) is None:
        raise cell.bad("is not a time like 2024-01-31T09:15:00")
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise cell.bad("is not a time of the calendar") from error
    if value.tzinfo is not None:
        return instant(value, cell.column)
    return localise(value, INDIA, cell.column)

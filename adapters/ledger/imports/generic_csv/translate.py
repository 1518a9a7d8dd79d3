"""Turns a mapped row into a fill; what neither the row nor the mapping says is never guessed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.delimited.cells import BadCell, Cell
from adapters.ledger.imports.generic_csv.numbers import Numbers
from adapters.ledger.imports.generic_csv.parse import MappedRow
from adapters.ledger.imports.generic_csv.times import Times
from domain.ledger.execution import Side
from domain.ledger.fees import Fees
from domain.ledger.imports.fill import Fill, scoped_fill_id, sequence_of
from domain.ledger.imports.local_time import localise
from domain.ledger.imports.mapping import Column, ColumnMapping, RowOrder
from domain.ledger.trade import MAX_SEQUENCE
from domain.shared.errors import Invalid
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.minor_units import major
from domain.shared.money import EXACT, ZERO
from domain.shared.time import instant

_ABSENT = Cell("", "")


@final
class Translator:
    """Translates rows under one mapping, with one clock for times that say no offset."""

    def __init__(self, mapping: ColumnMapping, clock: ZoneInfo) -> None:
        self._mapping = mapping
        self._clock = clock
        self._numbers = Numbers(mapping.numbers)
        self._times = Times(mapping.date_order, mapping.default_time)
        self._sides = {word.casefold(): side for word, side in mapping.sides.items()}

    def __call__(self, row: MappedRow) -> Fill:
        """Return the fill; raise BadCell, naming the column, if the row is none."""
        try:
            return self._fill(row)
        except Invalid as error:
            raise BadCell(_column_of(error, row), error.message) from error

    def _fill(self, row: MappedRow) -> Fill:
        side, quantity = self._side_and_quantity(row)
        executed_at = self._executed_at(row)
        currency, price = major(self._quoted_in(row), self._numbers.read(row.cells[Column.PRICE]))
        instrument = InstrumentKey(
            row.cells[Column.SYMBOL].required(), self._exchange(row), self._segment(row), currency
        )
        trade_id = _text(row, Column.TRADE_ID)
        settlement = row.cells.get(Column.SETTLEMENT_DATE, _ABSENT)
        return Fill(
            instrument=instrument,
            side=side,
            quantity=quantity,
            price=price,
            executed_at=executed_at,
            fill_id=self._fill_id(instrument, executed_at, trade_id),
            sequence=self._sequence(trade_id, row.line),
            isin=_text(row, Column.ISIN),
            multiplier=self._optional_number(row, Column.MULTIPLIER),
            fees=self._fees(row),
            settlement_date=self._times.day(settlement) if settlement.text else None,
            strategy=_text(row, Column.STRATEGY),
            notes=_text(row, Column.NOTES),
            broker_trade_id=trade_id,
            broker_order_id=_text(row, Column.ORDER_ID),
        )

    def _side_and_quantity(self, row: MappedRow) -> tuple[Side, Decimal]:
        cell = row.cells[Column.QUANTITY]
        quantity = self._numbers.read(cell)
        if quantity == ZERO:
            raise cell.bad("is zero")
        stated = row.cells.get(Column.SIDE)
        if stated is None:
            return Side.BUY if quantity > ZERO else Side.SELL, EXACT.abs(quantity)
        if quantity < ZERO:
            raise cell.bad("is negative beside a column for the side; map no side if the sign is to tell it")
        return self._side(stated), quantity

    def _side(self, cell: Cell) -> Side:
        side = self._sides.get(cell.required().casefold())
        if side is None:
            raise cell.bad("is none of the mapping's words for buy and sell")
        return side

    def _executed_at(self, row: MappedRow) -> datetime:
        cell, clock = row.cells[Column.EXECUTED_AT], row.cells.get(Column.TIME)
        value = self._times.executed(cell) if clock is None else self._times.combined(cell, clock)
        return localise(value, self._clock, cell.column) if value.tzinfo is None else instant(value, cell.column)

    def _exchange(self, row: MappedRow) -> str:
        return (_text(row, Column.EXCHANGE) or self._mapping.default_exchange).upper()

    def _segment(self, row: MappedRow) -> Segment:
        cell = row.cells.get(Column.SEGMENT, _ABSENT)
        if not cell.text:
            return self._mapping.default_segment
        try:
            return Segment(cell.text.casefold())
        except ValueError as error:
            raise cell.bad(f"is none of the segments {', '.join(Segment)}") from error

    def _quoted_in(self, row: MappedRow) -> str:
        return _text(row, Column.CURRENCY) or self._mapping.default_currency.code

    def _fees(self, row: MappedRow) -> Fees:
        amounts = {kind: self._numbers.read(cell) for kind, cell in row.fees.items() if cell.text}
        if self._mapping.negative_fees:
            amounts = {kind: EXACT.minus(amount) for kind, amount in amounts.items()}
        for kind, amount in amounts.items():
            if amount < ZERO:
                raise row.fees[kind].bad("is a negative fee; if the file writes all fees so, set negativeFees")
        return Fees(amounts)

    def _optional_number(self, row: MappedRow, column: Column) -> Decimal | None:
        cell = row.cells.get(column, _ABSENT)
        return self._numbers.read(cell) if cell.text else None

    def _fill_id(self, instrument: InstrumentKey, executed_at: datetime, trade_id: str | None) -> str | None:
        if trade_id is None:
            return None
        traded_on = executed_at.astimezone(self._clock).date()
        return scoped_fill_id(instrument.exchange, instrument.segment, traded_on, trade_id)

    def _sequence(self, trade_id: str | None, line: int) -> int | None:
        if trade_id is not None:
            return sequence_of(trade_id)
        return MAX_SEQUENCE - line if self._mapping.row_order is RowOrder.NEWEST_FIRST else None


def _column_of(error: Invalid, row: MappedRow) -> str | None:
    """Return the column, as the header spells it, whose fact broke a rule of the domain."""
    field = str(error.details.get("field"))
    if any(cell.column == field for cell in (*row.cells.values(), *row.fees.values())):
        return field
    fact = {"tradeId": Column.TRADE_ID}.get(field) or next((item for item in Column if item.value == field), None)
    return row.cells[fact].column if fact is not None and fact in row.cells else None


def _text(row: MappedRow, column: Column) -> str | None:
    return row.cells.get(column, _ABSENT).text or None

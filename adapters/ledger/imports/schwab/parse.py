"""Reads the cells of a history: its days, and the papers that its symbols name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.amounts import optional_amount
from adapters.ledger.imports.dates import month_first
from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.delimited.sheet import TableRow
from adapters.ledger.imports.listings import paper
from domain.ledger.trade import MAX_SEQUENCE
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import ZERO, Currency

NEW_YORK: Final = ZoneInfo("America/New_York")
DOLLAR: Final = Currency("USD")
_AS_OF: Final = " as of "
# `AAPL 01/19/2024 150.00 C`
_OPTION: Final = re.compile(r"[A-Z.]{1,6}[0-9]? [0-9]{2}/[0-9]{2}/[0-9]{4} [0-9]+(?:\.[0-9]+)? [CP]", re.ASCII)
_CONTRACT: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A row with its day, its action and its numbers, zero where there is none."""

    row: TableRow
    day: date
    action: str
    quantity: Decimal
    amount: Decimal

    @property
    def sequence(self) -> int:
        """Its place within the day: histories begin with the newest row."""
        return MAX_SEQUENCE - self.row.line

    @property
    def notes(self) -> str | None:
        """What the broker calls it."""
        return ", ".join(text for text in (self.action, self.row.text("Description")) if text)[:500]

    def instrument(self) -> InstrumentKey:
        """Return the paper; raise BadCell for a row without."""
        symbol = self.row.cell("Symbol").required()
        return paper(symbol, DOLLAR, segment=Segment.DERIVATIVE if is_option(symbol) else Segment.EQUITY)


def parse(row: TableRow) -> HistoryRow:
    """Return the row; of `06/28/2024 as of 06/27/2024` the day on which it took effect."""
    cell = row.cell("Date")
    return HistoryRow(
        row=row,
        day=month_first(Cell(cell.column, cell.required().rpartition(_AS_OF)[2])),
        action=row.cell("Action").required(),
        quantity=optional_amount(row.cell("Quantity")) or ZERO,
        amount=optional_amount(row.cell("Amount")) or ZERO,
    )


def is_option(symbol: str) -> bool:
    """Tell whether the symbol names an option."""
    return _OPTION.fullmatch(symbol) is not None


def multiplier_of(symbol: str) -> Decimal | None:
    """Return what a contract covers; None for what is no contract."""
    return _CONTRACT if is_option(symbol) else None

"""Reads the cells of a row of the summary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.dates import day_first
from adapters.ledger.imports.delimited.cells import BadCell, Cell
from adapters.ledger.imports.delimited.sheet import TableRow
from domain.ledger.execution import Side
from domain.shared.minor_units import major
from domain.shared.money import EXACT

_TRADE: Final = re.compile(r"([BS])[0-9]{4,}", re.ASCII)
_SIDES: Final = {"B": Side.BUY, "S": Side.SELL}
# `Some Fund plc 1000 @  4500.00`
_TERMS: Final = re.compile(r"\s+[0-9][0-9.,]*\s*@\s*[0-9][0-9.,]*\s*$", re.ASCII)


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """A row with its day; `side` is None for what is no trade."""

    row: TableRow
    day: date
    reference: str
    side: Side | None

    @property
    def value_cell(self) -> Cell:
        """The value, whose column is named with the sign of the pound, in whatever encoding."""
        found = self.row.starting("Value")
        if found is None:
            raise BadCell("Value", "Value is empty.")
        return found

    @property
    def value(self) -> Decimal:
        """What was paid, less than nothing, or received."""
        return amount(self.value_cell)

    @property
    def quantity(self) -> Decimal:
        """How many units were traded."""
        return EXACT.abs(amount(self.row.cell("Quantity")))

    @property
    def price(self) -> Decimal:
        """What a unit cost, in pounds."""
        _, price = major("GBX", amount(self.row.cell("Unit cost (p)")))
        return price

    @property
    def paper(self) -> str:
        """The name of the paper: the description without its quantity and price."""
        return _TERMS.sub("", self.row.cell("Description").required())

    @property
    def settled_on(self) -> date | None:
        """When it settled."""
        cell = self.row.cell("Settle date")
        return day_first(cell) if cell.text else None


def parse(row: TableRow) -> SummaryRow:
    """Return the row; a reference of B or S and a number is a contract note's."""
    reference = row.cell("Reference").required()
    match = _TRADE.fullmatch(reference)
    return SummaryRow(
        row=row,
        day=day_first(row.cell("Trade date")),
        reference=reference,
        side=None if match is None else _SIDES[match[1]],
    )

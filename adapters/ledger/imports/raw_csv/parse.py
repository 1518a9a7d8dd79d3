"""Reads the cells of a plain row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.dates import iso_day
from adapters.ledger.imports.delimited.sheet import TableRow
from domain.shared.minor_units import major
from domain.shared.money import ZERO, Currency

SPLIT: Final = "STOCK_SPLIT"


@dataclass(frozen=True, slots=True)
class PlainRow:
    """A row with its day and its action in capitals; the price is in the whole currency."""

    row: TableRow
    day: date
    action: str
    symbol: str
    quantity: Decimal | None
    price: Decimal
    fees: Decimal
    currency: Currency

    @property
    def line(self) -> int:
        """The line of the row."""
        return self.row.line

    @property
    def units(self) -> Decimal:
        """The quantity; raise BadCell for a row without."""
        return amount(self.row.cell("quantity"))

    @property
    def paper(self) -> str:
        """The symbol; raise BadCell for a row without."""
        return self.row.cell("symbol").required()


def parse(row: TableRow) -> PlainRow:
    """Return the row; a price in pence becomes one in pounds."""
    action, quoted = row.cell("action").required().upper(), row.cell("price")
    # a split has no price
    amount_quoted = ZERO if action == SPLIT and not quoted.text else amount(quoted)
    currency, price = major(row.cell("currency").required(), amount_quoted)
    return PlainRow(
        row=row,
        day=iso_day(row.cell("date")),
        action=action,
        symbol=row.text("symbol"),
        quantity=optional_amount(row.cell("quantity")),
        price=price,
        fees=optional_amount(row.cell("fees")) or ZERO,
        currency=currency,
    )

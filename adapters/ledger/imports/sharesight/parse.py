"""Reads the cells of a trade; quantities of sales are negative."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.dates import day_first
from adapters.ledger.imports.delimited.sheet import TableRow
from domain.ledger.execution import Side
from domain.shared.money import EXACT, ZERO

_SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
_CURRENCIES: Final = "FX"


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade of a paper in a market, or of an account in a currency."""

    row: TableRow
    side: Side
    day: date
    quantity: Decimal
    market: str
    code: str

    @property
    def is_of_a_currency(self) -> bool:
        """Whether it is about what Sharesight keeps as an account in a currency."""
        return self.market.upper() == _CURRENCIES

    @property
    def notes(self) -> str | None:
        """The paper's name and the comments."""
        return ", ".join(text for text in (self.row.text("Name"), self.row.text("Comments")) if text)[:500] or None


def parse(row: TableRow) -> TradeRow:
    """Return the trade; raise BadCell for one whose quantity has not its sign."""
    side = _SIDES.get(row.cell("Type").required().lower())
    if side is None:
        raise row.cell("Type").bad("is neither Buy nor Sell; enter it by hand")
    quantity = amount(row.cell("Quantity"))
    if (quantity < ZERO) is not (side is Side.SELL):
        raise row.cell("Quantity").bad(f"has not the sign of a {side.value}")
    return TradeRow(
        row=row,
        side=side,
        day=day_first(row.cell("Date")),
        quantity=EXACT.abs(quantity),
        market=row.cell("Market").required(),
        code=row.cell("Code").required(),
    )

"""Reads a row in whichever layout: columns were renamed, and signs of currencies stand before amounts since 2023."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.crypto import coin, coin_code
from adapters.ledger.imports.dates import utc_time
from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.delimited.sheet import TableRow
from domain.ledger.trade import MAX_SEQUENCE
from domain.shared.instrument import InstrumentKey
from domain.shared.money import EXACT, ZERO, Currency

_TOTALS: Final = (
    "Total (inclusive of fees and/or spread)",
    "Total (inclusive of fees)",
    "Total (including fees)",
    "Total",
)
_FEES: Final = ("Fees and/or Spread", "Fees", "Coinbase Fee")


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A row; quantities and amounts without a sign, the currency that the prices are in."""

    row: TableRow
    kind: str
    asset: str
    quantity: Decimal
    is_negative: bool
    currency: Currency
    at: datetime

    @property
    def entry_id(self) -> str | None:
        """Coinbase's name for it, which older layouts lack."""
        name = self.row.text("ID")
        return f"coinbase|{name}" if name else None

    @property
    def sequence(self) -> int:
        """The row's place among those of the same instant: histories begin with the newest since 2023."""
        return MAX_SEQUENCE - self.row.line

    @property
    def notes(self) -> str | None:
        """What Coinbase says of it."""
        return ", ".join(text for text in (self.kind, self.row.text("Notes")) if text)[:500] or None

    @property
    def instrument(self) -> InstrumentKey:
        """The coin, in the currency of the prices."""
        return coin(self.asset, self.currency)

    @property
    def price(self) -> Cell:
        """What a unit was worth."""
        return self.row.cell("Price at Transaction", "Spot Price at Transaction")

    @property
    def total(self) -> Cell:
        """What was paid or received with the fees."""
        return self.row.cell(*_TOTALS)

    @property
    def fees(self) -> Decimal:
        """What Coinbase took."""
        return EXACT.abs(optional_amount(self.row.cell(*_FEES)) or ZERO)

    def money(self, cell: Cell) -> Decimal:
        """Return an amount without its sign."""
        return EXACT.abs(amount(cell))


def parse(row: TableRow, account_currency: Currency) -> HistoryRow:
    """Return the row; one without a currency of prices is in the account's."""
    quantity = amount(row.cell("Quantity Transacted"))
    return HistoryRow(
        row=row,
        kind=row.cell("Transaction Type").required(),
        asset=coin_code(row.cell("Asset").required()),
        quantity=EXACT.abs(quantity),
        is_negative=quantity < ZERO,
        currency=Currency(row.text("Price Currency", "Spot Price Currency") or account_currency.code),
        at=utc_time(row.cell("Timestamp")),
    )

"""Reads the cells of a row of the feed, some of whose columns were renamed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.dates import utc_time
from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.delimited.sheet import TableRow
from domain.ledger.trade import MAX_SEQUENCE
from domain.shared.money import EXACT, ZERO, Currency


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """A row with its type, its time and the currency in which the account settled it."""

    row: TableRow
    kind: str
    at: datetime
    settled_in: Currency

    @property
    def sequence(self) -> int:
        """The row's place among those of the same instant: the feed begins with the newest."""
        return MAX_SEQUENCE - self.row.line

    @property
    def fill_id(self) -> str | None:
        """Freetrade's name of an order."""
        name = self.row.text("Order ID")
        return f"freetrade|{name}" if name else None

    @property
    def notes(self) -> str | None:
        """What Freetrade calls it."""
        return self.row.text("Title") or None

    @property
    def isin(self) -> str | None:
        """The paper's number."""
        return self.row.text("ISIN") or None

    @property
    def total_cell(self) -> Cell:
        """What moved in the account's currency."""
        return self.row.cell("Total Amount", "Total Amount in Account Currency")

    @property
    def total(self) -> Decimal:
        """What moved in the account's currency, without a sign."""
        return EXACT.abs(amount(self.total_cell))

    @property
    def rate(self) -> Cell:
        """The rate between the account's currency and the paper's."""
        return self.row.cell("Base FX Rate", "FX Rate")

    def charge(self, name: str) -> Decimal:
        """Return a charge, zero for an empty cell."""
        return optional_amount(self.row.cell(name)) or ZERO


def parse(row: TableRow, account_currency: Currency) -> ActivityRow:
    """Return the row."""
    return ActivityRow(
        row=row,
        kind=row.cell("Type").required(),
        at=utc_time(row.cell("Timestamp")),
        settled_in=Currency(row.text("Account Currency") or account_currency.code),
    )

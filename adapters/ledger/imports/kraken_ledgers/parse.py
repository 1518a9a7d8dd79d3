"""Reads a row of the ledgers: how a balance changed, and the fee that was taken from it besides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.crypto import is_money
from adapters.ledger.imports.dates import utc_time
from adapters.ledger.imports.delimited.sheet import TableRow
from adapters.ledger.imports.kraken_assets import asset
from domain.shared.money import EXACT, ZERO, Currency


@dataclass(frozen=True, slots=True)
class Leg:
    """A change of one balance; `amount` has a sign, `fee` is taken besides, `value` is what both come to in dollars."""

    row: TableRow
    kind: str
    subtype: str
    asset: str
    amount: Decimal
    fee: Decimal
    at: datetime
    value: Decimal | None
    fee_value: Decimal | None

    @property
    def line(self) -> int:
        """The line of the row."""
        return self.row.line

    @property
    def is_money(self) -> bool:
        """Whether it is cash that moved."""
        return is_money(self.asset)

    @property
    def currency(self) -> Currency:
        """The currency of cash."""
        return Currency(self.asset)

    @property
    def entry_id(self) -> str:
        """Kraken's name of the row."""
        return f"kraken|{self.row.text('txid')}"

    @property
    def net(self) -> Decimal:
        """What the balance changed by in all."""
        return EXACT.subtract(self.amount, self.fee)

    @property
    def notes(self) -> str:
        """What Kraken calls it."""
        return " ".join(word for word in (self.kind, self.subtype) if word)


def parse(row: TableRow) -> Leg:
    """Return the row; a fee is never negative."""
    fee = optional_amount(row.cell("fee")) or ZERO
    if fee < ZERO:
        raise row.cell("fee").bad("is less than nothing")
    return Leg(
        row=row,
        kind=row.cell("type").required().lower(),
        subtype=row.text("subtype").lower(),
        asset=asset(row.cell("asset").required()),
        amount=amount(row.cell("amount")),
        fee=fee,
        at=utc_time(row.cell("time")),
        value=optional_amount(row.cell("amountusd")),
        fee_value=optional_amount(row.cell("feeusd")),
    )

"""Reads the cells of a trade and takes its pair apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.crypto import is_money
from adapters.ledger.imports.dates import utc_time
from adapters.ledger.imports.delimited.sheet import TableRow
from adapters.ledger.imports.kraken_assets import pair
from adapters.ledger.imports.totals import check_total
from domain.ledger.execution import Side
from domain.shared.money import ZERO, Currency

_SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade of a coin, or of one money for another; the fee is in the quote."""

    row: TableRow
    name: str
    base: str
    quote: Currency
    side: Side
    volume: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    at: datetime


def parse(row: TableRow) -> TradeRow:
    """Return the trade; raise BadCell for one whose price is not in money, or that was made on margin."""
    cell, side = row.cell("pair"), _SIDES.get(row.cell("type").required().lower())
    known = pair(cell.required())
    if known is None or not is_money(known[1]):
        raise cell.bad("is not quoted in money, so that no price in money is known; import the ledgers")
    if side is None:
        raise row.cell("type").bad("is neither buy nor sell")
    if optional_amount(row.cell("margin")):
        raise row.cell("margin").bad("is not 0: a trade on margin cannot be imported yet; enter it by hand")
    volume, price, cost = (amount(row.cell(name)) for name in ("vol", "price", "cost"))
    check_total(row.cell("cost"), cost, volume, price)
    return TradeRow(
        row=row,
        name=row.cell("txid").required(),
        base=known[0],
        quote=Currency(known[1]),
        side=side,
        volume=volume,
        price=price,
        cost=cost,
        fee=optional_amount(row.cell("fee")) or ZERO,
        at=utc_time(row.cell("time")),
    )

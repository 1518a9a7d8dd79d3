"""Turns trades into fills; a fee is in the money of the pair.

A trade has the name that the ledgers refer to it by, so that both files of an account do not count it twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.crypto import coin, is_money
from adapters.ledger.imports.dates import utc_time
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table, translated
from adapters.ledger.imports.file_order import FileOrder
from adapters.ledger.imports.kraken_assets import pair
from adapters.ledger.imports.kraken_trades.recognise import REQUIRED
from adapters.ledger.imports.totals import check_total
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.shared.money import ZERO, Currency

_SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}


def rows(records: Iterable[Record], account_currency: Currency) -> Iterator[ReadRow]:
    """Yield the rows."""
    del account_currency  # each pair names its money
    found: list[TableRow] = []
    for row in table(records, REQUIRED):
        if isinstance(row, ReadRow):
            yield row
        else:
            found.append(row)
    order = FileOrder.of(found, lambda row: utc_time(row.cell("time")))
    for row in found:
        yield from translated(row, partial(_content, order))


def _content(order: FileOrder, row: TableRow) -> Content | Sequence[Content]:
    cell, side = row.cell("pair"), _SIDES.get(row.cell("type").required().lower())
    known = pair(cell.required())
    if known is None or not is_money(known[1]):
        raise cell.bad("is not quoted in money, so that no price in money is known; import the ledgers")
    if side is None:
        raise row.cell("type").bad("is neither buy nor sell")
    if optional_amount(row.cell("margin")):
        raise row.cell("margin").bad("is not 0: a trade on margin cannot be imported yet; enter it by hand")
    base, quote = known[0], Currency(known[1])
    volume, price = amount(row.cell("vol")), amount(row.cell("price"))
    fee, cost = optional_amount(row.cell("fee")) or ZERO, amount(row.cell("cost"))
    check_total(row.cell("cost"), cost, volume, price)
    if is_money(base):
        legs = CashLeg(volume, Currency(base)), CashLeg(cost, quote)
        return _exchange(
            order, row, legs if side is Side.SELL else (legs[1], legs[0]), CashLeg(fee, quote) if fee else None
        )
    name = row.cell("txid").required()
    return Fill(
        instrument=coin(base, quote),
        side=side,
        quantity=volume,
        price=price,
        executed_at=utc_time(row.cell("time")),
        sequence=order.sequence(row.line),
        fees=Fees({FeeKind.BROKERAGE: fee}),
        fill_id=f"kraken|{name}",
        broker_trade_id=name[:64],
        broker_order_id=row.text("ordertxid")[:64] or None,
        notes=row.text("ordertype") or None,
    )


def _exchange(order: FileOrder, row: TableRow, legs: tuple[CashLeg, CashLeg], fee: CashLeg | None) -> Sequence[Content]:
    """Return a trade of one money, given first, for another: a conversion and its fee."""
    given, got = legs
    name = row.cell("txid").required()
    entry = CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=given.amount,
        currency=given.currency,
        received=got,
        occurred_at=utc_time(row.cell("time")),
        sequence=order.sequence(row.line),
        entry_id=f"kraken|{name}",
        notes=row.text("pair"),
    )
    if fee is None:
        return [entry]
    charge = CashEntry(
        kind=CashKind.FEE,
        amount=fee.amount,
        currency=fee.currency,
        occurred_at=entry.occurred_at,
        sequence=entry.sequence,
        entry_id=f"kraken|{name}|fee",
        notes=f"Fee of {row.text('pair')}",
    )
    return [entry, charge]

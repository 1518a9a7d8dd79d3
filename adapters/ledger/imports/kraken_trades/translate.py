"""Turns trades into fills; a fee is in the money of the pair.

A trade has the name that the ledgers refer to it by, so that both files of an account do not count it twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from adapters.ledger.imports.crypto import coin, is_money
from adapters.ledger.imports.dates import utc_time
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table, translated
from adapters.ledger.imports.file_order import FileOrder
from adapters.ledger.imports.kraken_trades.parse import TradeRow, parse
from adapters.ledger.imports.kraken_trades.recognise import REQUIRED
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.shared.money import ZERO, Currency


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
    found = parse(row)
    if is_money(found.base):
        return _exchange(order, found)
    return Fill(
        instrument=coin(found.base, found.quote),
        side=found.side,
        quantity=found.volume,
        price=found.price,
        executed_at=found.at,
        sequence=order.sequence(row.line),
        fees=Fees({FeeKind.BROKERAGE: found.fee}),
        fill_id=f"kraken|{found.name}",
        broker_trade_id=found.name[:64],
        broker_order_id=row.text("ordertxid")[:64] or None,
        notes=row.text("ordertype") or None,
    )


def _exchange(order: FileOrder, found: TradeRow) -> Sequence[Content]:
    """Return a trade of one money for another: a conversion and its fee."""
    own, cost = CashLeg(found.volume, Currency(found.base)), CashLeg(found.cost, found.quote)
    given, got = (cost, own) if found.side is Side.BUY else (own, cost)
    entry = CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=given.amount,
        currency=given.currency,
        received=got,
        occurred_at=found.at,
        sequence=order.sequence(found.row.line),
        entry_id=f"kraken|{found.name}",
        notes=found.row.text("pair"),
    )
    if found.fee == ZERO:
        return [entry]
    charge = CashEntry(
        kind=CashKind.FEE,
        amount=found.fee,
        currency=found.quote,
        occurred_at=entry.occurred_at,
        sequence=entry.sequence,
        entry_id=f"kraken|{found.name}|fee",
        notes=f"Fee of {found.row.text('pair')}",
    )
    return [entry, charge]

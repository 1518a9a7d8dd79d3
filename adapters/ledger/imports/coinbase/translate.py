"""Turns rows of the history into entries.

Currencies and coins that stand for them are cash; other coins are bought, sold, moved and earned. What is earned is
income of its value that day, which buys the coin: no cash is left of it. A conversion is a sale and a purchase of one
value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.awards import in_kind
from adapters.ledger.imports.coinbase.cash import cash_row
from adapters.ledger.imports.coinbase.conversions import conversion
from adapters.ledger.imports.coinbase.parse import HistoryRow, parse
from adapters.ledger.imports.coinbase.recognise import REQUIRED
from adapters.ledger.imports.coinbase.trades import trade
from adapters.ledger.imports.crypto import is_money
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table_rows
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.imports.entry import Direction, TransferEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.verdict import Ignored
from domain.shared.money import ZERO, Currency

_SIDES: Final = {
    "buy": Side.BUY,
    "sell": Side.SELL,
    "advanced trade buy": Side.BUY,
    "advanced trade sell": Side.SELL,
    "advance trade buy": Side.BUY,
    "advance trade sell": Side.SELL,
}
_EARNED: Final = frozenset(
    {
        "rewards income",
        "reward income",
        "staking income",
        "inflation reward",
        "learning reward",
        "coinbase earn",
        "incentives rewards payout",
        "interest payout",
        "airdrop",
    }
)
# to and from Coinbase's own exchange, which keeps accounts of its own
_MOVED: Final = {
    "send": Direction.OUT,
    "receive": Direction.IN,
    "withdrawal": Direction.OUT,
    "deposit": Direction.IN,
    "exchange deposit": Direction.OUT,
    "exchange withdrawal": Direction.IN,
    "pro deposit": Direction.OUT,
    "pro withdrawal": Direction.IN,
}
_INFORM: Final = frozenset({"staking transfer", "unstaking transfer", "retail staking transfer"})
_EXCHANGE: Final = "Coinbase Exchange"
# `Sent 0.1 ETH to My vault`; without it nothing tells one wallet from another
_OTHER: Final = re.compile(r"(?:Sent|Received) [0-9.,]+ [A-Z0-9]+ (?:to|from) (.{1,200})", re.ASCII)


def rows(records: Iterable[Record], account_currency: Currency) -> Iterator[ReadRow]:
    """Yield the rows."""
    return table_rows(records, REQUIRED, partial(_content, account_currency))


def _content(account_currency: Currency, row: TableRow) -> Content | Sequence[Content]:
    found = parse(row, account_currency)
    kind = found.kind.lower()
    if found.quantity == ZERO:
        return Ignored("The quantity is zero.")
    if kind in _INFORM:
        return Ignored("Moved between wallets of the account.")
    if kind == "convert":
        return conversion(found)
    return trade(found, _SIDES[kind]) if kind in _SIDES else _received_or_sent(found, kind)


def _received_or_sent(found: HistoryRow, kind: str) -> Content | Sequence[Content]:
    direction = _MOVED.get(kind)
    if direction is None and kind not in _EARNED:
        cell = found.row.cell("Transaction Type")
        raise cell.bad("is a type that cannot be imported yet; enter it by hand")
    if is_money(found.asset):
        return cash_row(found, direction)
    return _earned(found) if direction is None else _moved(found, direction)


def _earned(found: HistoryRow) -> Sequence[Content]:
    fill = Fill(
        instrument=found.instrument,
        side=Side.BUY,
        quantity=found.quantity,
        price=amount(found.price),
        executed_at=found.at,
        sequence=found.sequence,
        fill_id=found.entry_id,
        notes=found.notes,
    )
    return in_kind(fill, CashKind.INTEREST, found.entry_id)


def _moved(found: HistoryRow, direction: Direction) -> TransferEntry:
    row = found.row
    address = row.text("Recipient Address") if direction is Direction.OUT else row.text("Sender Address")
    told = _OTHER.fullmatch(row.text("Notes"))
    other = _EXCHANGE if found.kind.lower().startswith(("exchange", "pro")) else address
    if not other and told is not None:
        other = told[1]
    return TransferEntry(
        instrument=found.instrument,
        direction=direction,
        quantity=found.quantity,
        transferred_at=found.at,
        counterparty=other or "another wallet",
        sequence=found.sequence,
        entry_id=found.entry_id,
        notes=found.notes,
    )

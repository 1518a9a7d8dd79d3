"""Turns rows of the history into entries.

The account settles in its own currency: a trade in another one is the trade and the conversion that paid for it, so
that the cash of both currencies is right. Dividends are printed per share after tax, with the tax beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.dates import utc_time
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table, translated
from adapters.ledger.imports.format import rows_of
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.ratios import split_of
from adapters.ledger.imports.trading_212.cash import cash_entry, described, id_of
from adapters.ledger.imports.trading_212.recognise import REQUIRED
from adapters.ledger.imports.trading_212.trades import trade
from domain.ledger.execution import Side
from domain.ledger.imports.entry import ActionEntry
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.verdict import part_of
from domain.shared.minor_units import major
from domain.shared.money import EXACT, ZERO, Currency

_CLOSE: Final = "stock split close"
_OPEN: Final = "stock split open"


def rows(records: Iterable[Record], account_currency: Currency) -> Iterator[ReadRow]:
    """Yield the rows; the half of a split that comes first is the action, the other is part of it."""
    halves: dict[tuple[str, str], list[TableRow]] = {}
    for row in table(records, REQUIRED):
        if isinstance(row, ReadRow):
            yield row
        elif row.text("Action").lower() in {_CLOSE, _OPEN}:
            halves.setdefault((row.text("Ticker"), row.text("Time")), []).append(row)
        else:
            yield from translated(row, partial(_content, account_currency))
    for found in halves.values():
        yield from _split_rows(found)


def _content(account_currency: Currency, row: TableRow) -> Content | Sequence[Content]:
    action = row.cell("Action").required().lower()
    if action.endswith((" buy", " sell")):
        return trade(row, Side.BUY if action.endswith(" buy") else Side.SELL, account_currency)
    return cash_entry(row, action, account_currency)


def _split_rows(found: Sequence[TableRow]) -> Iterator[ReadRow]:
    by_action = {row.text("Action").lower(): row for row in found}
    first, *others = sorted(found, key=lambda row: row.line)
    yield from rows_of(first.line, lambda: _split(first, by_action.get(_CLOSE), by_action.get(_OPEN), len(found)))
    yield from (ReadRow(row.line, part_of(first.line)) for row in others)


def _split(first: TableRow, closed: TableRow | None, opened: TableRow | None, count: int) -> Content:
    if closed is None or opened is None or count != 2:  # noqa: PLR2004 - the two halves
        raise first.cell("Action").bad("is half of a split, and the file has not one other half of the same time")
    shares = opened.cell("No. of shares")
    currency, _ = major(closed.cell("Currency (Price / share)").required(), ZERO)
    return ActionEntry(
        instrument=paper(closed.cell("Ticker").required(), currency),
        isin=closed.text("ISIN") or None,
        terms=split_of(shares, EXACT.abs(amount(closed.cell("No. of shares"))), EXACT.abs(amount(shares))),
        effective_at=utc_time(closed.cell("Time")),
        entry_id=id_of(closed),
        notes=described(closed),
    )

"""Turns ledgers into entries: the rows of one reference are one trade, every other row stands for itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table, translated
from adapters.ledger.imports.file_order import FileOrder
from adapters.ledger.imports.format import rows_of
from adapters.ledger.imports.kraken_ledgers.movements import Book, moved
from adapters.ledger.imports.kraken_ledgers.parse import Leg, parse
from adapters.ledger.imports.kraken_ledgers.recognise import REQUIRED
from adapters.ledger.imports.kraken_ledgers.trades import traded
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.verdict import Ignored, RowProblem, part_of
from domain.shared.money import ZERO, Currency

_TRADED: Final = frozenset({"trade", "spend", "receive", "conversion"})
_ANNOUNCED: Final = Ignored("It announces a movement, whose row with an id counts.")


def rows(records: Iterable[Record], account_currency: Currency) -> Iterator[ReadRow]:
    """Yield the rows."""
    legs: list[Leg] = []
    for row in table(records, REQUIRED):
        if isinstance(row, ReadRow):
            yield row
        else:
            yield from (read for read in translated(row, partial(_collect, legs)) if read.content is not _KEPT)
    order = FileOrder.of(legs, lambda leg: leg.at)
    groups: dict[str, list[Leg]] = {}
    for leg in legs:
        reference = leg.row.text("refid") if leg.kind in _TRADED else ""
        groups.setdefault(reference or f"line {leg.line}", []).append(leg)
    book = Book(_quotes(groups.values()), account_currency, order)
    for found in groups.values():
        yield from _group(book, found)


_KEPT: Final = Ignored("Read later.")


def _collect(legs: list[Leg], row: TableRow) -> Content:
    """Keep a row for later; what waits for its confirmation has no id yet."""
    if not row.text("txid"):
        return _ANNOUNCED
    legs.append(parse(row))
    return _KEPT


def _quotes(groups: Iterable[Sequence[Leg]]) -> dict[str, Currency]:
    """Return the money that each coin was first traded for: its other rows are about the same holding."""
    quotes: dict[str, Currency] = {}
    for found in groups:
        money = [leg for leg in found if leg.is_money and leg.amount != ZERO]
        if len(found) > 1 and money:
            for leg in found:
                quotes.setdefault(leg.asset, money[0].currency)
    return quotes


def _group(book: Book, found: Sequence[Leg]) -> Iterator[ReadRow]:
    first = found[0]
    if len(found) == 1:
        yield from rows_of(first.line, lambda: moved(book, first))
        return
    outcome = list(rows_of(first.line, lambda: traded(book, found)))
    yield from outcome
    problem = outcome[0].content
    # if they are no trade together, none of them is anything alone
    rest = problem if isinstance(problem, RowProblem) else part_of(first.line)
    yield from (ReadRow(leg.line, rest) for leg in found[1:])

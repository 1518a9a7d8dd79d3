"""Turns a statement's tables into rows: each table that is a record of events in its own way, the others in one row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from adapters.ledger.imports.delimited.cells import BadCell, Cell
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import rows_of
from adapters.ledger.imports.ib_activity.cash import TABLES, movement
from adapters.ledger.imports.ib_activity.history import transaction
from adapters.ledger.imports.ib_activity.parse import Row, Statement, parse
from adapters.ledger.imports.ib_activity.trades import Papers, papers, trade_rows
from adapters.ledger.imports.interactive_brokers.actions import Leg, action_rows, sentence
from adapters.ledger.imports.interactive_brokers.instruments import UNLISTED, asset_class, instrument
from adapters.ledger.imports.interactive_brokers.values import moment, number, optional_number
from domain.ledger.cash_kind import CashKind
from domain.ledger.imports.entry import CashEntry, Direction, TransferEntry
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.verdict import Ignored
from domain.shared.money import EXACT, ZERO, Currency

_CODE: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_HISTORY: Final = "Transaction History"
_DIRECTIONS: Final = {"In": Direction.IN, "Out": Direction.OUT}
# these describe the statement, the account and the papers; what is needed of them is used
_DESCRIPTIVE: Final = frozenset(
    {"Statement", "Account Information", "Summary", "Codes", "Financial Instrument Information"}
)


def rows(records: Iterable[Record], account_currency: Currency) -> Iterator[ReadRow]:
    """Yield the rows of a statement; those of other accounts than its first are ignored."""
    statement = parse(records)
    yield from statement.bad
    base = _base(statement, account_currency)
    known = papers(statement.tables.get("Financial Instrument Information", ()))
    for table, found in statement.tables.items():
        if table in _DESCRIPTIVE:
            continue
        own, others = _of_first_account(found)
        yield from (ReadRow(row.line, Ignored(f"Of another account: {row.text('Account')[:32]}.")) for row in others)
        yield from _table(table, own, known, base)


def _table(table: str, found: Sequence[Row], known: Papers, base: Currency) -> Iterator[ReadRow]:
    if table == "Trades":
        yield from trade_rows(found, known, base)
    elif table == "Corporate Actions":
        yield from _actions(found)
    elif table in TABLES or table in {"Transfers", _HISTORY}:
        for row in found:
            yield from rows_of(row.line, partial(_content, row, known, base))
    elif found:
        yield ReadRow(
            found[0].line, Ignored(f"{len(found)} rows of {table[:64]!r}, which inform and are not imported.")
        )


def _content(row: Row, known: Papers, base: Currency) -> Content | Sequence[Content]:
    if row.table == _HISTORY:
        return transaction(row, base)
    return _transfer(row) if row.table == "Transfers" else movement(row, known)


def _base(statement: Statement, account_currency: Currency) -> Currency:
    code = next((value for (_, name), value in statement.facts.items() if name == "Base Currency"), "")
    return Currency(code) if _CODE.fullmatch(code) else account_currency


def _of_first_account(found: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row]]:
    accounts = [row.text("Account") for row in found]
    first = next((account for account in accounts if account), "")
    own = [row for row, account in zip(found, accounts, strict=True) if account in {"", first}]
    return own, [row for row, account in zip(found, accounts, strict=True) if account not in {"", first}]


def _actions(found: Sequence[Row]) -> Iterator[ReadRow]:
    legs: list[Leg] = []
    for row in found:
        outcome = list(rows_of(row.line, partial(_collect, row, legs)))
        yield from (item for item in outcome if item.content is not _COLLECTED)
    yield from action_rows(legs)


_COLLECTED: Final = Ignored("Part of an action.")


def _collect(row: Row, legs: list[Leg]) -> Content:
    """Read a row of an action for later."""
    asset_cell = row.cell("Asset Category")
    if asset_cell.text.startswith("Total"):
        return Ignored("It adds up rows that are imported.")
    description = row.cell("Description").required()
    symbol, isin = _of_leg(description)
    asset = asset_class(asset_cell)
    key = instrument(Cell("Description", symbol), UNLISTED, asset, row.cell("Currency"))
    legs.append(
        Leg(
            line=row.line,
            description=description,
            key=key,
            isin=isin,
            quantity=number(row.cell("Quantity")),
            at=moment(row.cell("Date/Time", "Report Date")),
            name=None,
        )
    )
    return _COLLECTED


def _of_leg(description: str) -> tuple[str, str | None]:
    """Return symbol and number of the paper in the bracket at the end, or of the one that the sentence is about."""
    said = sentence(description)
    if said is None:
        raise BadCell("Description", f"The corporate action {description[:100]!r} is not understood; enter it by hand.")
    return said.leg_symbol or said.symbol, said.leg_isin or said.isin


def _transfer(row: Row) -> Content:
    asset_cell = row.cell("Asset Category")
    if asset_cell.text.startswith("Total"):
        return Ignored("It adds up rows that are imported.")
    at, money = moment(row.cell("Date")), optional_number(row.cell("Cash Amount"))
    quantity = optional_number(row.cell("Qty", "Quantity"))
    if quantity == ZERO:
        if money == ZERO:
            return Ignored("Nothing moved.")
        return CashEntry(
            kind=CashKind.DEPOSIT if money > ZERO else CashKind.WITHDRAWAL,
            amount=EXACT.abs(money),
            currency=Currency(row.cell("Currency").required().upper()),
            occurred_at=at,
            notes=f"Transfer {row.text('Xfer Account')}".strip(),
        )
    direction = _DIRECTIONS.get(row.cell("Direction").required().title())
    if direction is None:
        raise row.cell("Direction").bad("is neither In nor Out")
    return TransferEntry(
        instrument=instrument(row.cell("Symbol"), UNLISTED, asset_class(asset_cell), row.cell("Currency")),
        direction=direction,
        quantity=EXACT.abs(quantity),
        transferred_at=at,
        counterparty=row.text("Xfer Account") or row.text("Xfer Company") or "unknown",
    )

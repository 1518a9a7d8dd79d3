"""Turns a Flex answer's rows into entries.

Executions make fills, never orders, which only add executions up. A row that cancels a trade takes that trade out.
What options' ends bring about is listed twice where both sections were chosen; the trades count. Amounts are those of
the row's currency; the rates beside them are the broker's and are not used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from adapters.ledger.imports.format import Element, rows_of
from adapters.ledger.imports.ib_flex.cash import cash
from adapters.ledger.imports.ib_flex.parse import Row, Section, Statement, statements
from adapters.ledger.imports.ib_flex.trades import option_end, trade
from adapters.ledger.imports.ib_flex.transfers import leg_of, transfer
from adapters.ledger.imports.interactive_brokers.actions import Leg, action_rows
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.verdict import Ignored

_CANCELLED: Final = Ignored("The trade was cancelled in this file.")
_REASONS: Final = {
    "Order": "an order adds up executions, and these are what is imported; choose Executions in the query",
    "SymbolSummary": "it adds up executions",
    "AssetSummary": "it adds up executions",
    "Lot": "the ledger matches lots by the account's own method",
    "WashSale": "the ledger finds wash sales by itself",
    "OpenPosition": "positions follow from what is imported",
    "FxTransaction": "it shows what other rows did to a currency",
    "FxLot": "it shows what other rows did to a currency",
    "StatementOfFundsLine": "it lists what other sections hold in full",
    "CashReportCurrency": "it adds up other sections",
    "ConversionRate": "rates come from elsewhere",
    "SecurityInfo": "what is needed of a paper stands in the rows that name it",
}


def rows(elements: Iterable[Element]) -> Iterator[ReadRow]:
    """Yield the rows of all statements of the first account; those of other accounts are ignored."""
    found = statements(elements)
    for statement in found:
        if statement.account != found[0].account:
            reason = (
                f"The statement is of account {statement.account[:32]!r}, and the file's first of "
                f"{found[0].account[:32]!r}; export each account by itself."
            )
            yield ReadRow(statement.line, Ignored(reason))
            continue
        yield from _statement(statement)


def _statement(statement: Statement) -> Iterator[ReadRow]:
    by_name: dict[str, list[Row]] = {}
    for row in statement.rows:
        by_name.setdefault(row.name, []).append(row)
    yield from _trades(by_name.get("Trade", []))
    listed = {row.text("tradeID") for row in by_name.get("Trade", [])}
    for row in by_name.get("OptionEAE", []):
        yield from rows_of(row.line, partial(option_end, row, listed))
    yield from _cash(by_name.get("CashTransaction", []))
    yield from _actions(by_name.get("CorporateAction", []))
    for row in by_name.get("Transfer", []):
        yield from rows_of(row.line, partial(transfer, row))
    yield from (ReadRow(section.line, _passed_over(section)) for section in statement.others.values())


def _trades(found: Sequence[Row]) -> Iterator[ReadRow]:
    cancels = {row.text("origTradeID"): row for row in found if _is_cancel(row)}
    known = {row.text("tradeID") for row in found if not _is_cancel(row)}
    for row in found:
        yield from rows_of(row.line, partial(_trade, row, cancels, known))


def _trade(row: Row, cancels: dict[str, Row], known: set[str]) -> Content | Sequence[Content]:
    if _is_cancel(row):
        original = row.text("origTradeID")
        if original in known:
            return Ignored(f"Cancels the trade {original} of this file, which is not imported either.")
        raise row.cell("origTradeID").bad(
            "is a trade that this row cancels and that is not in this file; void it by hand"
        )
    if row.text("tradeID") and row.text("tradeID") in cancels:
        return _CANCELLED
    if row.text("levelOfDetail") not in {"", "EXECUTION"}:
        return Ignored(f"The level of detail is {row.text('levelOfDetail')[:32]}; only executions are imported.")
    return trade(row)


def _is_cancel(row: Row) -> bool:
    return row.text("transactionType") == "TradeCancel" or row.text("buySell").endswith("(Ca.)")


def _cash(found: Sequence[Row]) -> Iterator[ReadRow]:
    has_details = any(row.text("levelOfDetail") == "DETAIL" for row in found)
    for row in found:
        if has_details and row.text("levelOfDetail") == "SUMMARY":
            yield ReadRow(row.line, Ignored("It adds up rows that are imported."))
        else:
            yield from rows_of(row.line, partial(cash, row))


def _actions(found: Sequence[Row]) -> Iterator[ReadRow]:
    legs: list[Leg] = []
    for row in found:
        if row.text("levelOfDetail") == "SUMMARY":
            yield ReadRow(row.line, Ignored("It adds up rows that are imported."))
            continue
        bad = list(rows_of(row.line, partial(_collect, row, legs)))
        yield from (item for item in bad if not isinstance(item.content, Ignored))
    yield from action_rows(legs)


def _collect(row: Row, legs: list[Leg]) -> Content:
    """Read a row of an action for later; what cannot be read raises."""
    legs.append(leg_of(row))
    return Ignored("Collected.")


def _passed_over(section: Section) -> Ignored:
    reason = _REASONS.get(section.name, "it informs and is not imported")
    return Ignored(f"{section.count} x {section.name[:64]}: {reason}.")

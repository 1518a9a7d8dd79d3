"""Turns both tables into entries.

The table of investments has the trades, with price and quantity, and that of cash the rest; a trade's line of cash, on
the day on which it was ordered or settled, belongs to the trade.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.amounts import amount
from adapters.ledger.imports.dates import day_first
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, translated
from adapters.ledger.imports.listings import UNLISTED, paper
from adapters.ledger.imports.totals import check_total
from adapters.ledger.imports.vanguard.parse import parse
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.imports.entry import CashEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.local_time import at_noon
from domain.ledger.imports.verdict import Ignored, part_of
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import EXACT, ZERO, Currency

_LONDON: Final = ZoneInfo("Europe/London")
_POUND: Final = Currency("GBP")
# all exchange-traded funds of these accounts are bought in London; other funds have no ticker and no exchange
_EXCHANGE: Final = "XLON"
_SIDES: Final = {"bought": Side.BUY, "sold": Side.SELL}
_TICKER: Final = re.compile(r".*\(([A-Z0-9.]{1,10})\)", re.ASCII)
# `DIV: FOO.XLON.GB @ GBP 0.4106`
_DIVIDEND: Final = re.compile(r"(?:Reversal of )?DIV: (.+?) @ [A-Z]{3} [0-9.]+", re.ASCII | re.IGNORECASE)
_LISTED: Final = re.compile(r"([A-Z0-9]{1,10})\.XLON\.GB", re.ASCII)
_DASHES: Final = re.compile(r"[\u2010-\u2015]")
_PAYMENT: Final = (CashKind.DEPOSIT, CashKind.WITHDRAWAL)
_WORDS: Final = {
    "interest": (CashKind.INTEREST, CashKind.INTEREST_PAID),
    "fee": (CashKind.FEE_REFUND, CashKind.FEE),
    "deposit": _PAYMENT,
    "payment": _PAYMENT,
    "withdrawal": _PAYMENT,
    "transfer": _PAYMENT,
    "contribution": _PAYMENT,
    "tax relief": _PAYMENT,
}


def rows(records: Iterable[Record]) -> Iterator[ReadRow]:
    """Yield the rows of both tables; each trade takes one line of cash."""
    report = parse(records)
    yield from report.others
    trades: dict[str, list[int]] = {}
    for row in report.investments:
        yield from translated(row, _trade)
        trades.setdefault(_normal(row.text("TransactionDetails")), []).append(row.line)
    for row in report.cash:
        yield from translated(row, partial(_movement, trades))


def _normal(details: str) -> str:
    """Return a text as both tables have it: dashes and blanks differ."""
    return " ".join(_DASHES.sub("-", details).casefold().split())


def _side(details: str) -> Side | None:
    return _SIDES.get(details.partition(" ")[0].casefold())


def _trade(row: TableRow) -> Fill:
    details = row.cell("TransactionDetails")
    side = _side(details.required())
    if side is None:
        raise details.bad("is neither bought nor sold; enter it by hand")
    quantity, price = EXACT.abs(amount(row.cell("Quantity"))), amount(row.cell("Price"))
    check_total(row.cell("Cost"), amount(row.cell("Cost")), quantity, price)
    return Fill(
        instrument=_instrument(row.cell("InvestmentName").required()),
        side=side,
        quantity=quantity,
        price=price,
        executed_at=at_noon(day_first(row.cell("Date")), _LONDON),
        sequence=row.line,
        notes=details.text[:500],
    )


def _instrument(name: str) -> InstrumentKey:
    """Return the fund by the ticker in brackets at the end of its name; a fund without one goes by its name."""
    match = _TICKER.fullmatch(name)
    if match is not None:
        return paper(match[1], _POUND, exchange=_EXCHANGE)
    return paper(_DASHES.sub("-", name), _POUND, exchange=UNLISTED, segment=Segment.FUND)


def _movement(trades: dict[str, list[int]], row: TableRow) -> Content | Sequence[Content]:
    details = row.cell("Details").required()
    if _side(details) is not None:
        lines = trades.get(_normal(details))
        if not lines:
            raise row.cell("Details").bad("is not in the table of investments; export the report with both tables")
        return part_of(lines.pop(0))
    money, dividend = amount(row.cell("Amount")), _DIVIDEND.fullmatch(details)
    if money == ZERO:
        return Ignored("The amount is zero.")
    if dividend is not None:
        kinds, instrument = (CashKind.DIVIDEND, CashKind.DIVIDEND_PAID), _paying(dividend[1])
    else:
        kinds, instrument = _kinds(row), None
    return CashEntry(
        kind=kinds[0] if money > ZERO else kinds[1],
        amount=EXACT.abs(money),
        currency=_POUND,
        occurred_at=at_noon(day_first(row.cell("Date")), _LONDON),
        instrument=instrument,
        sequence=row.line,
        notes=details[:500],
    )


def _paying(name: str) -> InstrumentKey:
    match = _LISTED.fullmatch(name)
    return _instrument(name if match is None else f"({match[1]})")


def _kinds(row: TableRow) -> tuple[CashKind, CashKind]:
    details = row.cell("Details")
    for word, kinds in _WORDS.items():
        if word in details.text.casefold():
            return kinds
    raise details.bad("is a movement that cannot be imported yet; enter it by hand")

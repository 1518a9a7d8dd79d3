"""Turns the report's trades into fills, in the currency of each market.

Its value is in the portfolio's currency and only checks the trade. A crypto-currency is kept there as an account in
that currency, at a price of 1: what it was bought for is its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

from adapters.ledger.imports.amounts import amount, optional_amount
from adapters.ledger.imports.crypto import coin, coin_code, is_money
from adapters.ledger.imports.dates import day_first
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, table, translated
from adapters.ledger.imports.file_order import FileOrder
from adapters.ledger.imports.listings import paper
from adapters.ledger.imports.sharesight.parse import TradeRow, parse
from adapters.ledger.imports.sharesight.recognise import REQUIRED
from adapters.ledger.imports.totals import near, worth
from application.ledger.imports.format_ports import FileContext
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.local_time import at_noon
from domain.ledger.imports.verdict import Ignored
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.minor_units import major
from domain.shared.money import EXACT, ZERO, Currency, plain

_EXCHANGE: Final = 16


def rows(records: Iterable[Record], context: FileContext) -> Iterator[ReadRow]:
    """Yield the rows; the portfolio's currency is that of rows whose rate is 1, else the account's."""
    found: list[TableRow] = []
    for row in table(records, REQUIRED):
        if isinstance(row, ReadRow):
            yield row
        else:
            found.append(row)
    order = FileOrder.of(found, lambda row: day_first(row.cell("Date")))
    own = next((row.text("Currency") for row in found if row.text("Exchange Rate") in {"1", "1.0"}), "")
    base = Currency(own) if is_money(own) else context.account_currency
    for row in found:
        yield from translated(row, partial(_content, context, order, base))


def _content(context: FileContext, order: FileOrder, base: Currency, row: TableRow) -> Content | Sequence[Content]:
    if sum(map(bool, row.record.cells)) == 1:
        return Ignored("A remark.")
    found = parse(row)
    at, sequence = at_noon(found.day, context.account_zone), order.sequence(row.line)
    if found.is_of_a_currency and is_money(found.code.upper()):
        return _conversion(found, base, at, sequence)
    instrument, price, fees = _coin(found, base) if found.is_of_a_currency else _paper(found)
    return Fill(
        instrument=instrument,
        side=found.side,
        quantity=found.quantity,
        price=price,
        executed_at=at,
        sequence=sequence,
        fees=fees,
        notes=found.notes,
    )


def _conversion(found: TradeRow, base: Currency, at: datetime, sequence: int) -> CashEntry:
    own, value = CashLeg(found.quantity, Currency(found.code.upper())), CashLeg(_value(found), base)
    given, got = (value, own) if found.side is Side.BUY else (own, value)
    return CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=given.amount,
        currency=given.currency,
        received=got,
        occurred_at=at,
        sequence=sequence,
        notes=found.notes,
    )


def _coin(found: TradeRow, base: Currency) -> tuple[InstrumentKey, Decimal, Fees]:
    price, charge = worth(_value(found), found.quantity, found.side)
    return coin(coin_code(found.code), base), price, Fees({FeeKind.OTHER: charge})


def _paper(found: TradeRow) -> tuple[InstrumentKey, Decimal, Fees]:
    row = found.row
    currency, price = major(row.cell("Currency").required(), amount(row.cell("Price *")))
    _check_value(found)
    segment = Segment.FUND if found.market.lower().startswith("fund") else Segment.EQUITY
    brokerage = optional_amount(row.cell("Brokerage *")) or ZERO
    instrument = paper(found.code, currency, exchange=found.market[:_EXCHANGE], segment=segment)
    return instrument, price, Fees({FeeKind.BROKERAGE: brokerage})


def _value(found: TradeRow) -> Decimal:
    return EXACT.abs(amount(found.row.cell("Value")))


def _check_value(found: TradeRow) -> None:
    """Raise BadCell if the value at the rate is not near quantity x price."""
    row = found.row
    value, rate = optional_amount(row.cell("Value")), optional_amount(row.cell("Exchange Rate"))
    if value is None or not rate:
        return
    traded = EXACT.multiply(found.quantity, EXACT.abs(amount(row.cell("Price *"))))
    if not near(EXACT.multiply(EXACT.abs(value), rate), traded):
        raise row.cell("Value").bad(f"at the rate {plain(rate)} is not near the {plain(traded)} that were traded")

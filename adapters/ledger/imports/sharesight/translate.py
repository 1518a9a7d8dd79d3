"""Turns the report's trades into fills, in the currency of each market.

Its value is in the portfolio's currency and only checks the trade. A crypto-currency is kept there as an account in
that currency, at a price of 1: what it was bought for is its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
from adapters.ledger.imports.sharesight.recognise import REQUIRED
from adapters.ledger.imports.totals import near, worth
from application.ledger.imports.ports import FileContext
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.local_time import at_noon
from domain.ledger.imports.verdict import Ignored
from domain.shared.instrument import Segment
from domain.shared.minor_units import major
from domain.shared.money import EXACT, ZERO, Currency, plain

_SIDES: Final = {"buy": Side.BUY, "sell": Side.SELL}
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
    side = _SIDES.get(row.cell("Type").required().lower())
    if side is None:
        raise row.cell("Type").bad("is neither Buy nor Sell; enter it by hand")
    quantity = amount(row.cell("Quantity"))
    if (quantity < ZERO) is not (side is Side.SELL):
        raise row.cell("Quantity").bad(f"has not the sign of a {side.value}")
    at, sequence = at_noon(day_first(row.cell("Date")), context.account_zone), order.sequence(row.line)
    market, code = row.cell("Market").required(), row.cell("Code").required()
    if market.upper() == "FX":
        value = abs(amount(row.cell("Value")))
        if is_money(code.upper()):
            given, got = CashLeg(value, base), CashLeg(abs(quantity), Currency(code.upper()))
            given, got = (given, got) if side is Side.BUY else (got, given)
            return CashEntry(
                kind=CashKind.CONVERSION_OUT,
                amount=given.amount,
                currency=given.currency,
                received=got,
                occurred_at=at,
                sequence=sequence,
                notes=_notes(row),
            )
        price, charge = worth(value, abs(quantity), side)
        instrument, fees = coin(coin_code(code), base), Fees({FeeKind.OTHER: charge})
    else:
        currency, price = major(row.cell("Currency").required(), amount(row.cell("Price *")))
        brokerage = optional_amount(row.cell("Brokerage *")) or ZERO
        _check_value(row, abs(quantity))
        segment = Segment.FUND if market.lower().startswith("fund") else Segment.EQUITY
        instrument = paper(code, currency, exchange=market[:_EXCHANGE], segment=segment)
        fees = Fees({FeeKind.BROKERAGE: brokerage})
    return Fill(
        instrument=instrument,
        side=side,
        quantity=abs(quantity),
        price=price,
        executed_at=at,
        sequence=sequence,
        fees=fees,
        notes=_notes(row),
    )


def _check_value(row: TableRow, quantity: Decimal) -> None:
    """Raise BadCell if the value at the rate is not near quantity x price."""
    value, rate = optional_amount(row.cell("Value")), optional_amount(row.cell("Exchange Rate"))
    if value is None or not rate:
        return
    traded = EXACT.multiply(quantity, abs(amount(row.cell("Price *"))))
    if not near(EXACT.multiply(abs(value), rate), traded):
        raise row.cell("Value").bad(f"at the rate {plain(rate)} is not near the {plain(traded)} that were traded")


def _notes(row: TableRow) -> str | None:
    return ", ".join(text for text in (row.text("Name"), row.text("Comments")) if text)[:500] or None

"""The table of trades: orders with or without their executions, closed lots, and conversions of currencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

from adapters.ledger.imports.format import rows_of
from adapters.ledger.imports.ib_activity.parse import Row
from adapters.ledger.imports.interactive_brokers.instruments import (
    BOND_MULTIPLIER,
    BONDS,
    FOREX,
    asset_class,
    instrument,
)
from adapters.ledger.imports.interactive_brokers.values import moment, number, optional_number
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.fill import Fill, is_isin
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.verdict import Ignored
from domain.shared.instrument import Segment
from domain.shared.money import EXACT, ZERO, Currency

_EXECUTIONS: Final = frozenset({"Trade", "Execution"})
_OPTION_MULTIPLIER: Final = Decimal(100)
_OPTIONS: Final = frozenset({"EQUITY AND INDEX OPTIONS", "OPT"})
_NOTED: Final = {"A": "Assignment", "Ep": "Expired", "Ex": "Exercise", "L": "Liquidation"}


@dataclass(frozen=True, slots=True)
class Paper:
    """What the table of instruments says of one."""

    isin: str | None
    listing: str
    multiplier: Decimal


Papers = Mapping[tuple[str, str], Paper]


def papers(found: Sequence[Row]) -> Papers:
    """Return instruments by asset class and symbol; one under several symbols is listed with a comma between."""
    known: dict[tuple[str, str], Paper] = {}
    for row in found:
        isin = row.text("Security ID")
        paper = Paper(
            isin if is_isin(isin) else None, row.text("Listing Exch"), optional_number(row.cell("Multiplier"))
        )
        for symbol in row.text("Symbol").split(","):
            known[row.text("Asset Category").upper(), symbol.strip()] = paper
    return known


def trade_rows(found: Sequence[Row], known: Papers, base: Currency) -> Iterator[ReadRow]:
    """Yield the rows of the table: executions where an order lists them, else the order."""
    cancelled = _cancelled(found)
    for place, row in enumerate(found):
        following = found[place + 1].text("DataDiscriminator") if place + 1 < len(found) else ""
        kind = row.text("DataDiscriminator")
        if kind == "Order" and following in _EXECUTIONS:
            yield ReadRow(row.line, Ignored("An order; its executions below it are imported."))
        elif kind == "ClosedLot":
            yield ReadRow(row.line, Ignored("The ledger matches lots by the account's own method."))
        elif row.line in cancelled:
            yield ReadRow(row.line, Ignored("A trade and its cancellation in this file."))
        elif kind in {"Order", ""} or kind in _EXECUTIONS:
            yield from rows_of(row.line, partial(_trade, row, known, base))
        else:
            yield ReadRow(row.line, Ignored(f"A row of the kind {kind[:32]!r} is not a trade."))


def _cancelled(found: Sequence[Row]) -> set[int]:
    """Return the lines of cancellations and of the trades of the same symbol, price and quantity that they cancel."""
    open_: dict[tuple[str, str, str], list[int]] = {}
    for row in found:
        if "Ca" not in _codes(row):
            open_.setdefault(_about(row), []).append(row.line)
    lines: set[int] = set()
    for row in found:
        matching = open_.get(_about(row)) if "Ca" in _codes(row) else None
        if matching:
            lines |= {row.line, matching.pop(0)}
    return lines


def _about(row: Row) -> tuple[str, str, str]:
    return row.text("Symbol"), row.text("T. Price"), row.text("Quantity").removeprefix("-")


def _codes(row: Row) -> list[str]:
    return row.text("Code").replace(",", ";").split(";")


def _trade(row: Row, known: Papers, base: Currency) -> Content | Sequence[Content]:
    asset = asset_class(row.cell("Asset Category"))
    if "Ca" in _codes(row):
        raise row.cell("Code").bad("cancels a trade that is not in this file; void that trade by hand")
    quantity = number(row.cell("Quantity"))
    if quantity == ZERO:
        return Ignored("The quantity is zero.")
    at = moment(row.cell("Date/Time"))
    if asset in FOREX:
        return _conversion(row, quantity, at, base)
    currency = Currency(row.cell("Currency").required().upper())
    commission = optional_number(row.cell("Comm/Fee", "Commission"))
    paper = known.get((row.text("Asset Category").upper(), row.text("Symbol")))
    fill = Fill(
        instrument=instrument(row.cell("Symbol"), "" if paper is None else paper.listing, asset, row.cell("Currency")),
        side=Side.BUY if quantity > ZERO else Side.SELL,
        quantity=EXACT.abs(quantity),
        price=number(row.cell("T. Price", "Price")),
        executed_at=at,
        isin=None if paper is None else paper.isin,
        multiplier=_multiplier(row, asset, quantity, paper),
        fees=Fees({FeeKind.BROKERAGE: EXACT.abs(min(commission, ZERO))}),
        notes=", ".join(word for code, word in _NOTED.items() if code in _codes(row)) or None,
    )
    return [fill] if commission <= ZERO else [fill, _fee(row, commission, currency, at)]


def _multiplier(row: Row, asset: str, quantity: Decimal, paper: Paper | None) -> Decimal | None:
    if asset in BONDS:
        return BOND_MULTIPLIER
    key = instrument(row.cell("Symbol"), "", asset, row.cell("Currency"))
    if key.segment is not Segment.DERIVATIVE:
        return None
    if paper is not None and paper.multiplier > ZERO:
        return paper.multiplier
    money, price = EXACT.abs(optional_number(row.cell("Proceeds"))), number(row.cell("T. Price", "Price"))
    plain_value = EXACT.multiply(EXACT.abs(quantity), price)
    if money and plain_value and EXACT.remainder(money, plain_value) == ZERO:
        return EXACT.divide_int(money, plain_value)
    if asset in _OPTIONS:
        return _OPTION_MULTIPLIER
    raise row.cell("Symbol").bad("has no contract multiplier in the file; export the statement with its instruments")


def _conversion(row: Row, quantity: Decimal, at: datetime, base: Currency) -> Sequence[Content]:
    bought = Currency(row.cell("Symbol").required().partition(".")[0].upper())
    quote = Currency(row.cell("Currency").required().upper())
    money = EXACT.abs(number(row.cell("Proceeds")))
    given, got = (
        ((money, quote), (quantity, bought)) if quantity > ZERO else ((EXACT.minus(quantity), bought), (money, quote))
    )
    entry = CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=given[0],
        currency=given[1],
        received=CashLeg(*got),
        occurred_at=at,
        notes=row.text("Symbol"),
    )
    cost = row.starting("Comm")
    commission = optional_number(cost)
    # the column is named after the currency of the account: `Comm in EUR`
    named = cost.column.rpartition(" ")[2]
    paid_in = Currency(named) if cost.column.startswith("Comm in ") else base
    return [entry] if commission == ZERO else [entry, _fee(row, commission, paid_in, at)]


def _fee(row: Row, amount: Decimal, currency: Currency, at: datetime) -> CashEntry:
    return CashEntry(
        kind=CashKind.FEE if amount < ZERO else CashKind.FEE_REFUND,
        amount=EXACT.abs(amount),
        currency=currency,
        occurred_at=at,
        notes=f"Commission of {row.text('Symbol')}",
    )

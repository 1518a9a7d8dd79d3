"""Executions, conversions of currencies, and the ends of options."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from adapters.ledger.imports.delimited.cells import Cell
from adapters.ledger.imports.ib_flex.parse import Row
from adapters.ledger.imports.interactive_brokers.instruments import (
    BOND_MULTIPLIER,
    BONDS,
    FOREX,
    asset_class,
    instrument,
)
from adapters.ledger.imports.interactive_brokers.values import moment, number, optional_day, optional_number
from domain.ledger.cash_kind import CashKind
from domain.ledger.execution import Side
from domain.ledger.fees import FeeKind, Fees
from domain.ledger.imports.entry import CashEntry, CashLeg
from domain.ledger.imports.fill import Fill, is_isin, sequence_of
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored
from domain.shared.money import EXACT, ZERO, Currency

_SIDES: Final = {"BUY": Side.BUY, "SELL": Side.SELL}
_NOTED: Final = {"A": "Assignment", "Ep": "Expired", "Ex": "Exercise", "L": "Liquidation", "Co": "Corrected trade"}


def trade(row: Row) -> Content | Sequence[Content]:
    """Return the fill, or the conversion, and what it cost or brought besides in entries of their own."""
    asset = asset_class(row.cell("assetCategory"))
    side = _SIDES.get(row.cell("buySell").required())
    if side is None:
        raise row.cell("buySell").bad("is neither BUY nor SELL")
    quantity = number(row.cell("quantity"))
    if (quantity < ZERO) is not (side is Side.SELL):
        raise row.cell("quantity").bad(f"has not the sign of a {side.value}")
    at, currency = executed_at(row), Currency(row.cell("currency").required().upper())
    commission, taxes = optional_number(row.cell("ibCommission")), optional_number(row.cell("taxes"))
    paid_in = Currency((row.text("ibCommissionCurrency") or currency.code).upper())
    is_forex = asset in FOREX
    # what was paid in another currency, or given back, is no fee of the fill
    in_fill = not is_forex and commission <= ZERO and paid_in == currency
    others = [] if in_fill else _charge(row, commission, paid_in, at, "commission")
    if taxes > ZERO or is_forex:
        others += _charge(row, taxes, currency, at, "taxes")
    others += _interest(row, optional_number(row.cell("accruedInt")), currency, at)
    if is_forex:
        return [_conversion(row, side, EXACT.abs(quantity), currency, at), *others]
    fees = Fees(
        {
            FeeKind.BROKERAGE: EXACT.abs(commission) if in_fill else ZERO,
            FeeKind.TAX: EXACT.abs(taxes) if taxes < ZERO else ZERO,
        }
    )
    return [_fill(row, asset, quantity, at, fees), *others]


def executed_at(row: Row) -> datetime:
    """Return when: older queries write day and time apart."""
    if row.text("dateTime"):
        return moment(row.cell("dateTime"))
    clock = row.text("tradeTime")
    return moment(Cell("tradeDate", f"{row.cell('tradeDate').required()};{clock}" if clock else row.text("tradeDate")))


def option_end(row: Row, listed: set[str]) -> Content:
    """Return the fill that an expiry, an assignment or an exercise made, unless the trades list it."""
    trade_id = row.text("tradeID")
    if trade_id in listed:
        return Ignored(f"Its trade {trade_id} is among the trades.")
    quantity = number(row.cell("quantity"))
    if quantity == ZERO or not trade_id:
        return Ignored("It moved nothing.")
    asset = asset_class(row.cell("assetCategory"))
    fees = Fees({FeeKind.BROKERAGE: EXACT.abs(min(optional_number(row.cell("commisionsAndTax")), ZERO))})
    return _fill(row, asset, quantity, moment(row.cell("date")), fees)


def isin_of(row: Row) -> str | None:
    """Return the paper's ISIN, which older queries write in another place."""
    for text in (row.text("isin"), row.text("securityID") if row.text("securityIDType") == "ISIN" else ""):
        if is_isin(text):
            return text
    return None


def _fill(row: Row, asset: str, quantity: Decimal, at: datetime, fees: Fees) -> Fill:
    trade_id = row.text("tradeID") or row.text("transactionID")
    multiplier = BOND_MULTIPLIER if asset in BONDS else optional_number(row.cell("multiplier"))
    return Fill(
        instrument=instrument(row.cell("symbol"), row.text("listingExchange"), asset, row.cell("currency")),
        side=Side.SELL if quantity < ZERO else Side.BUY,
        quantity=EXACT.abs(quantity),
        price=number(row.cell("tradePrice")),
        executed_at=at,
        fill_id=f"ib|{trade_id}" if trade_id else None,
        sequence=sequence_of(trade_id),
        isin=isin_of(row),
        multiplier=multiplier if multiplier > ZERO and multiplier != 1 else None,
        fees=fees,
        settlement_date=optional_day(row.cell("settleDateTarget")),
        notes=_notes(row),
        broker_trade_id=trade_id or None,
        broker_order_id=row.text("ibOrderID") or None,
    )


def _notes(row: Row) -> str | None:
    codes = row.text("notes").replace(",", ";").split(";")
    words = [word for code, word in _NOTED.items() if code in codes]
    return ", ".join([*words, row.text("transactionType")] if row.name == "OptionEAE" else words) or None


def _conversion(row: Row, side: Side, quantity: Decimal, quote: Currency, at: datetime) -> CashEntry:
    base = Currency(row.cell("symbol").required().partition(".")[0].upper())
    money = EXACT.abs(number(row.cell("proceeds")))
    given, got = ((money, quote), (quantity, base)) if side is Side.BUY else ((quantity, base), (money, quote))
    return CashEntry(
        kind=CashKind.CONVERSION_OUT,
        amount=given[0],
        currency=given[1],
        received=CashLeg(*got),
        occurred_at=at,
        entry_id=_entry_id(row, "conversion"),
        notes=row.text("symbol"),
    )


def _charge(row: Row, amount: Decimal, currency: Currency, at: datetime, name: str) -> list[Content]:
    if amount == ZERO:
        return []
    kinds = (CashKind.FEE, CashKind.FEE_REFUND) if name == "commission" else (CashKind.TAX, CashKind.TAX_REFUND)
    return [
        CashEntry(
            kind=kinds[0] if amount < ZERO else kinds[1],
            amount=EXACT.abs(amount),
            currency=currency,
            occurred_at=at,
            entry_id=_entry_id(row, name),
            notes=f"{name.capitalize()} of {row.text('symbol')}",
        )
    ]


def _interest(row: Row, amount: Decimal, currency: Currency, at: datetime) -> list[Content]:
    """Return the interest that a bond's buyer pays its seller for the time since the last coupon."""
    if amount == ZERO:
        return []
    return [
        CashEntry(
            kind=CashKind.INTEREST_PAID if amount < ZERO else CashKind.INTEREST,
            amount=EXACT.abs(amount),
            currency=currency,
            occurred_at=at,
            entry_id=_entry_id(row, "accrued"),
            notes=f"Accrued interest of {row.text('symbol')}",
        )
    ]


def _entry_id(row: Row, part: str) -> str | None:
    trade_id = row.text("tradeID") or row.text("transactionID")
    return f"ib|{trade_id}|{part}" if trade_id else None

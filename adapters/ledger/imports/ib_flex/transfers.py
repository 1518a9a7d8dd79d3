"""Transfers of securities and cash, and the rows of corporate actions."""

from __future__ import annotations

from typing import Final

from adapters.ledger.imports.ib_flex.parse import Row
from adapters.ledger.imports.ib_flex.trades import isin_of
from adapters.ledger.imports.interactive_brokers.actions import Leg
from adapters.ledger.imports.interactive_brokers.instruments import FOREX, asset_class, instrument
from adapters.ledger.imports.interactive_brokers.values import moment, number, optional_number
from domain.ledger.cash_kind import CashKind
from domain.ledger.imports.entry import CashEntry, Direction, TransferEntry
from domain.ledger.imports.judging import Content
from domain.ledger.imports.verdict import Ignored
from domain.shared.money import EXACT, ZERO, Currency

_DIRECTIONS: Final = {"IN": Direction.IN, "OUT": Direction.OUT}


def transfer(row: Row) -> Content:
    """Return what moved: securities, or cash as a deposit or a withdrawal."""
    asset = asset_class(row.cell("assetCategory"))
    at = moment(row.cell("dateTime") if row.text("dateTime") else row.cell("date"))
    transaction = row.text("transactionID")
    entry_id = f"ib|{transaction}" if transaction else None
    if asset in FOREX:
        amount = optional_number(row.cell("cashTransfer"))
        if amount == ZERO:
            return Ignored("The amount is zero.")
        return CashEntry(
            kind=CashKind.DEPOSIT if amount > ZERO else CashKind.WITHDRAWAL,
            amount=EXACT.abs(amount),
            currency=Currency(row.cell("currency").required().upper()),
            occurred_at=at,
            entry_id=entry_id,
            notes=f"Transfer {row.text('account')}".strip(),
        )
    direction = _DIRECTIONS.get(row.cell("direction").required().upper())
    if direction is None:
        raise row.cell("direction").bad("is neither IN nor OUT")
    return TransferEntry(
        instrument=instrument(row.cell("symbol"), row.text("listingExchange"), asset, row.cell("currency")),
        direction=direction,
        quantity=EXACT.abs(number(row.cell("quantity"))),
        transferred_at=at,
        counterparty=row.text("account") or row.text("accountName") or row.text("company") or "unknown",
        isin=isin_of(row),
        entry_id=entry_id,
    )


def leg_of(row: Row) -> Leg:
    """Return a row of a corporate action."""
    return Leg(
        line=row.line,
        description=row.cell("description").required(),
        key=instrument(
            row.cell("symbol"),
            row.text("listingExchange"),
            asset_class(row.cell("assetCategory")),
            row.cell("currency"),
        ),
        isin=isin_of(row),
        quantity=number(row.cell("quantity")),
        at=moment(row.cell("dateTime") if row.text("dateTime") else row.cell("reportDate")),
        name=_name(row),
    )


def _name(row: Row) -> str | None:
    name = row.text("actionID") or row.text("transactionID")
    return f"ib|{name}" if name else None

"""What a movement refers to: its instrument and the trade it was reinvested in must be there, and fit."""

from __future__ import annotations

from application.ledger.ports import LedgerUnitOfWork
from domain.ledger.account import Account
from domain.ledger.cash import CashDetails
from domain.ledger.execution import Side
from domain.shared.errors import Invalid, NotFound
from domain.shared.ids import AccountId
from domain.shared.instrument import Instrument


async def account_of(unit: LedgerUnitOfWork, account_id: AccountId) -> Account:
    """Return the account, kept from changing until the transaction ends; raise NotFound."""
    found = await unit.accounts.find([account_id])
    if account_id not in found:
        raise NotFound("account", account_id)
    return found[account_id]


async def check_references(unit: LedgerUnitOfWork, account_id: AccountId, details: CashDetails) -> Instrument | None:
    """Return the instrument that the details name; raise NotFound, or Invalid for a trade that bought nothing here."""
    if details.reinvested_in is not None:
        trade = await unit.trades.get(details.reinvested_in)
        if trade.account_id != account_id or trade.details.side is not Side.BUY or trade.is_void:
            raise Invalid(
                f"Trade {trade.id} is not a purchase that counts in this account; name the trade that the dividend "
                "paid for.",
                field="reinvestedTradeId",
            )
    return await instrument_of(unit, details)


async def instrument_of(unit: LedgerUnitOfWork, details: CashDetails) -> Instrument | None:
    """Return the instrument that the details name, None if they name none; raise NotFound."""
    if details.instrument_id is None:
        return None
    found = await unit.instruments.by_id([details.instrument_id])
    if details.instrument_id not in found:
        raise NotFound("instrument", details.instrument_id)
    return found[details.instrument_id]

"""The shared step of recording one movement of cash."""

from __future__ import annotations

from datetime import datetime

from application.ledger.cash.checking import account_of, check_references
from application.ledger.cash.views import CashMovementView, movement_view
from application.ledger.ports import LedgerUnitOfWork
from application.shared.ports import IdFactory
from domain.ledger.cash import CashDetails, CashMovement, cash_changed
from domain.shared.ids import AccountId, CashMovementId


async def record(
    unit: LedgerUnitOfWork, account_id: AccountId, details: CashDetails, now: datetime, ids: IdFactory
) -> CashMovementView:
    """Store a movement, after which the balance follows; raise NotFound, Conflict, PeriodLocked or Invalid."""
    account = await account_of(unit, account_id)
    movement = CashMovement.record(CashMovementId(ids.new()), account, details, now)
    instrument = await check_references(unit, account_id, details)
    await unit.cash_movements.add([movement])
    await unit.outbox.add(cash_changed([movement]))
    return movement_view(movement, instrument)

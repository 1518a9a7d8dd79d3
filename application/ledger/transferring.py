"""The shared steps of recording and voiding a transfer: lock, then let the positions of both accounts follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from application.ledger import settle, taking_effect
from application.ledger.action_views import PositionEffect
from application.ledger.ports import LedgerUnitOfWork
from domain.ledger.account import Account
from domain.ledger.transfer import Moved, Transfer, TransferDetails, transfer_changed
from domain.shared.errors import Invalid, NotFound
from domain.shared.ids import AccountId
from domain.shared.instrument import Instrument
from domain.shared.money import ZERO


async def accounts_of(unit: LedgerUnitOfWork, *account_ids: AccountId) -> Mapping[AccountId, Account]:
    """Return the accounts, which keep from changing until the transaction ends; raise NotFound for a missing one."""
    found = await unit.accounts.find(account_ids)
    for account_id in account_ids:
        if account_id not in found:
            raise NotFound("account", account_id)
    return found


async def check_lots(unit: LedgerUnitOfWork, details: TransferDetails) -> None:
    """Raise Invalid if a chosen lot is not of the giving account in this instrument."""
    if not details.lot_selection:
        return
    owners = await unit.positions.owners_of(lot_id for lot_id, _ in details.lot_selection)
    for lot_id, _ in details.lot_selection:
        if owners.get(lot_id) != (details.from_account_id, details.instrument_id):
            raise Invalid(
                f"lotSelection names {lot_id}, which is no lot of the giving account in this instrument; "
                "see GET /lots.",
                field="lotSelection",
            )


async def follow(
    unit: LedgerUnitOfWork,
    transfer: Transfer,
    accounts: Mapping[AccountId, Account],
    instrument: Instrument,
    now: datetime,
    *,
    may_reopen: bool = False,
) -> tuple[Sequence[PositionEffect], Decimal]:
    """Replay both positions and all tied to them; return those that changed, and how much the transfer moved.

    The instrument is locked, and the transfer stored. Raises PeriodLocked if later transfers carry on into a locked
    period, unless the user was asked before (`may_reopen`).
    """
    held = await settle.hold(unit, transfer.pairs, accounts, {instrument.id: instrument})
    if not may_reopen:
        held.must_carry_into_no_lock([transfer.target], transfer.details.transferred_at)
    if transfer.voided_at is not None:
        await unit.transfers.note_moved({transfer.id: Moved(ZERO)})
    effects, moved = await taking_effect.count_anew(unit, held, now)
    await unit.outbox.add([transfer_changed(transfer)])
    return effects, moved.get(transfer.id, Moved(ZERO)).quantity

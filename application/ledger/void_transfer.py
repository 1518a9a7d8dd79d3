"""Void a transfer: everything is as if it had never been, and it stays on record."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import taking_effect, transferring
from application.ledger.ports import LedgerUnits
from application.ledger.transfer_views import TransferOutcome, transfer_view
from application.shared.ports import Clock
from domain.shared.access import Actor, Scope
from domain.shared.errors import VersionConflict
from domain.shared.ids import TransferId


@dataclass(frozen=True, slots=True)
class VoidTransferCommand:
    """Which transfer, the version the caller read, and why."""

    transfer_id: TransferId
    expected: int
    reason: str


@dataclass(frozen=True, slots=True)
class VoidTransfer:
    """Takes a transfer out of every figure and keeps it on record."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: VoidTransferCommand) -> TransferOutcome:
        """Return the void transfer and what that did; raise NotFound, VersionConflict, Conflict or PeriodLocked."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            transfer = await unit.transfers.get(command.transfer_id)
            if transfer.version != command.expected:
                raise VersionConflict("transfer", expected=command.expected, actual=transfer.version)
            details = transfer.details
            accounts = await transferring.accounts_of(unit, details.from_account_id, details.to_account_id)
            for account in accounts.values():
                account.must_be_unlocked(details.transferred_at)
            locked = await taking_effect.lock(unit, frozenset({details.instrument_id}))
            transfer.void(command.reason, now)
            await unit.transfers.save(transfer)
            instrument = locked[details.instrument_id]
            effects, moved = await transferring.follow(unit, transfer, accounts, instrument, now)
            await unit.commit()
        return TransferOutcome(transfer_view(transfer, moved, instrument), effects)

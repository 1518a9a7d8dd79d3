"""Record a transfer of securities between two accounts; what happened after it is counted anew in both."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import taking_effect, transferring
from application.ledger.ports import LedgerUnits
from application.ledger.transfer_views import TransferOutcome, transfer_view
from application.shared.ports import Clock, IdFactory
from domain.ledger.transfer import Transfer, TransferDetails
from domain.shared.access import Actor, Scope
from domain.shared.ids import TransferId


@dataclass(frozen=True, slots=True)
class RecordTransfer:
    """Records a transfer, however late, and moves as much as the giving account has."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, details: TransferDetails) -> TransferOutcome:
        """Return the transfer and what it did; raise NotFound, Invalid, Conflict, PeriodLocked or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            accounts = await transferring.accounts_of(unit, details.from_account_id, details.to_account_id)
            source, target = accounts[details.from_account_id], accounts[details.to_account_id]
            transfer = Transfer.record(TransferId(self.ids.new()), details, source, target, now)
            locked = await taking_effect.lock(unit, frozenset({details.instrument_id}))
            await transferring.check_lots(unit, details)
            await unit.transfers.add(transfer)
            instrument = locked[details.instrument_id]
            effects, moved = await transferring.follow(unit, transfer, accounts, instrument, now)
            await unit.commit()
        return TransferOutcome(transfer_view(transfer, moved, instrument), effects)

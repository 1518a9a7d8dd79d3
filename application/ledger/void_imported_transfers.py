"""Undo what an import told of transfers: forget it, and void those that nobody tells of any more."""

from __future__ import annotations

from dataclasses import dataclass

from application.ledger import taking_effect, transferring
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock
from domain.shared.access import Actor, Scope
from domain.shared.ids import ImportId


@dataclass(frozen=True, slots=True)
class VoidImportedTransfersCommand:
    """Take back at most `limit` of the import's transfers that are not void; call again until fewer come back."""

    import_id: ImportId
    reason: str
    limit: int = 500


@dataclass(frozen=True, slots=True)
class VoidImportedTransfers:
    """Takes a batch of an import's transfers back; positions follow in the same transaction."""

    units: LedgerUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: VoidImportedTransfersCommand) -> int:
        """Return how many were taken back now; none means that none is left."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            transfers = await unit.transfers.of_import(command.import_id, command.limit)
            accounts = await unit.accounts.find({pair.account_id for each in transfers for pair in each.pairs})
            locked = await taking_effect.lock(unit, frozenset(each.details.instrument_id for each in transfers))
            for transfer in transfers:
                transfer.retract(command.import_id, command.reason, now)
                await unit.transfers.save(transfer)
                if transfer.voided_at is not None:
                    instrument = locked[transfer.details.instrument_id]
                    await transferring.follow(unit, transfer, accounts, instrument, now, may_reopen=True)
            if transfers:
                await unit.commit()
        return len(transfers)

"""Record a transfer as the file of one of its accounts tells it, or confirm the one that is on record already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from application.ledger import taking_effect, transferring
from application.ledger.catalogue import Catalogue
from application.ledger.entries import InstrumentTerms
from application.ledger.ports import LedgerUnitOfWork, LedgerUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.imports.entry import Direction
from domain.ledger.transfer import Report, Transfer, TransferDetails
from domain.shared.access import Actor, Scope
from domain.shared.ids import AccountId, ImportId, TransferId
from domain.shared.instrument import Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTransfer:
    """What the file of `account_id` says about units that came from `other_account_id` or went there."""

    account_id: AccountId
    other_account_id: AccountId
    direction: Direction
    instrument: InstrumentTerms
    quantity: Decimal
    transferred_at: datetime
    notes: str | None
    report: Report


class TransferOnRecord(NamedTuple):
    """The transfer of a row, and whether the row made it; else the import that did, None if that was by hand."""

    id: TransferId
    is_new: bool
    import_id: ImportId | None


@dataclass(frozen=True, slots=True)
class RecordImportedTransfer:
    """Records one transfer, once for both files, in a transaction of its own or a savepoint of the ambient one."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, wanted: ImportedTransfer) -> TransferOnRecord:
        """Return the transfer of the row; raise NotFound, Conflict, PeriodLocked, Invalid or Forbidden."""
        actor.require(Scope.LEDGER_WRITE)
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            accounts = await transferring.accounts_of(unit, wanted.account_id, wanted.other_account_id)
            instrument = await self._instrument(unit, wanted.instrument, now)
            details = _details(wanted, instrument)
            await taking_effect.lock(unit, frozenset({instrument.id}))
            told = await unit.transfers.told(wanted.account_id, wanted.report.source_key)
            if told is not None:
                return TransferOnRecord(told.id, is_new=False, import_id=told.import_id)
            same = await _told_again(unit, wanted.account_id, details)
            if same is not None:
                same.confirm(wanted.account_id, wanted.report, now)
                await unit.transfers.save(same)
                await unit.commit()
                return TransferOnRecord(same.id, is_new=False, import_id=same.import_id)
            source, target = accounts[details.from_account_id], accounts[details.to_account_id]
            transfer = Transfer.record(TransferId(self.ids.new()), details, source, target, now)
            transfer.import_id = wanted.report.import_id
            transfer.tell(wanted.account_id, wanted.report)
            await unit.transfers.add(transfer)
            await transferring.follow(unit, transfer, accounts, instrument, now)
            await unit.commit()
        return TransferOnRecord(transfer.id, is_new=True, import_id=transfer.import_id)

    async def _instrument(self, unit: LedgerUnitOfWork, terms: InstrumentTerms, now: datetime) -> Instrument:
        catalogue = await Catalogue.load(unit.instruments, [terms.key])
        catalogue.taken(catalogue.named(terms, self.ids))
        await catalogue.keep(unit.instruments, now)
        return catalogue.known[terms.key]


async def _told_again(unit: LedgerUnitOfWork, account_id: AccountId, details: TransferDetails) -> Transfer | None:
    """Return the transfer that the row means, the nearest in time of several."""
    known = await unit.transfers.touching([details.instrument_id])
    return min(
        (each for each in known if each.is_told_again(account_id, details)),
        key=lambda each: (abs(each.details.transferred_at - details.transferred_at), each.id),
        default=None,
    )


def _details(wanted: ImportedTransfer, instrument: Instrument) -> TransferDetails:
    here, there = wanted.account_id, wanted.other_account_id
    giver, taker = (here, there) if wanted.direction is Direction.OUT else (there, here)
    return TransferDetails(
        from_account_id=giver,
        to_account_id=taker,
        instrument_id=instrument.id,
        quantity=wanted.quantity,
        transferred_at=wanted.transferred_at,
        notes=wanted.notes,
    )

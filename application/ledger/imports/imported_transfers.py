"""Which of the owner's accounts and which instruments the transfers of a file are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from application.ledger.imports.imported_actions import KnownInstruments, without_exchange
from application.ledger.imports.ports import ImportUnitOfWork, ReadyRow
from application.ledger.record_imported_transfer import ImportedTransfer
from domain.ledger.imports.entry import Direction, TransferEntry
from domain.ledger.imports.tradebook_import import Import
from domain.ledger.transfer import Report
from domain.shared.errors import Invalid
from domain.shared.ids import AccountId
from domain.shared.instrument import InstrumentKey


@dataclass(frozen=True, slots=True)
class KnownCounterparties:
    """The accounts that have the labels which the file names, and the instruments that either side has held."""

    accounts: Mapping[str, Sequence[AccountId]]
    instruments: KnownInstruments

    def transfer(self, item: Import, row: ReadyRow, entry: TransferEntry) -> ImportedTransfer:
        """Return the transfer to record; raise Invalid unless the counterparty is one other account."""
        return ImportedTransfer(
            account_id=item.account_id,
            other_account_id=self._other(item, entry),
            direction=entry.direction,
            instrument=self.instruments.terms(entry.instrument, entry.isin, entry.multiplier),
            quantity=entry.quantity,
            transferred_at=entry.transferred_at,
            notes=entry.notes,
            report=Report(row.source_key, item.id),
        )

    def _other(self, item: Import, entry: TransferEntry) -> AccountId:
        found = [account_id for account_id in self.accounts[entry.counterparty] if account_id != item.account_id]
        if len(found) == 1:
            return found[0]
        way = "come from" if entry.direction is Direction.IN else "gone to"
        what = f"The units have {way} {entry.counterparty!r}"
        if found:
            raise Invalid(f"{what}, and {len(found)} open accounts have that label; give each a label of its own.")
        other = "purchase at what they cost" if entry.direction is Direction.IN else "sale at what they were worth"
        raise Invalid(
            f"{what}, and no other open account has that label. If it is yours, give it the label and import the file "
            f"again; if not, record a {other}."
        )


async def counterparties_of(
    unit: ImportUnitOfWork, item: Import, entries: Sequence[TransferEntry]
) -> KnownCounterparties:
    """Look up what the transfers name; an instrument is the one that this account has held, or else the other."""
    named = {entry.counterparty for entry in entries}
    accounts = {label: await unit.accounts.labelled(label) for label in sorted(named)}
    symbols = {entry.instrument.symbol for entry in entries}
    held: dict[tuple[object, ...], InstrumentKey] = {}
    others = sorted({account_id for found in accounts.values() for account_id in found} - {item.account_id})
    for account_id in (item.account_id, *others) if symbols else ():
        for key in await unit.known.held_under(account_id, symbols):
            held.setdefault(without_exchange(key), key)
    isins = {entry.isin for entry in entries if entry.isin is not None}
    return KnownCounterparties(accounts, KnownInstruments(await unit.known.listings(isins) if isins else {}, held))

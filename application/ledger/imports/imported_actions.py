"""Which instruments a file's corporate actions are about: those that the account's trades are in, if there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from application.ledger.entries import InstrumentTerms
from application.ledger.imports.ports import ImportUnitOfWork
from application.ledger.record_imported_action import ImportedAction
from domain.ledger.imports.entry import ActionEntry
from domain.ledger.imports.fill import Holding, is_isin
from domain.ledger.imports.tradebook_import import Import
from domain.shared.instrument import InstrumentKey


@dataclass(frozen=True, slots=True)
class KnownInstruments:
    """Instruments by their paper, and those that the account has had a position in by all but their exchange."""

    by_paper: Mapping[Holding, InstrumentKey]
    held: Mapping[tuple[object, ...], InstrumentKey]

    def terms(self, key: InstrumentKey, isin: str | None, multiplier: Decimal | None) -> InstrumentTerms:
        """Return what names the instrument: as known by its ISIN, else as held under its symbol, else as written."""
        found = None if isin is None else self.by_paper.get(Holding(isin, key.segment, key.currency))
        found = found or self.held.get(without_exchange(key)) or key
        return InstrumentTerms(key=found, multiplier=multiplier, isin=isin if isin and is_isin(isin) else None)


async def instruments_of(unit: ImportUnitOfWork, item: Import, actions: Sequence[ActionEntry]) -> KnownInstruments:
    """Look up what the actions name; of several instruments with a symbol, the one that was known first."""
    isins = {isin for action in actions for isin in (action.isin, action.into_isin) if isin is not None}
    symbols = {key.symbol for action in actions for key in (action.instrument, action.into) if key is not None}
    held: dict[tuple[object, ...], InstrumentKey] = {}
    for key in await unit.known.held_under(item.account_id, symbols) if symbols else ():
        held.setdefault(without_exchange(key), key)
    return KnownInstruments(await unit.known.listings(isins) if isins else {}, held)


def imported_action(item: Import, entry: ActionEntry, source_key: str, known: KnownInstruments) -> ImportedAction:
    """Return the action to record for the account of the import."""
    return ImportedAction(
        account_id=item.account_id,
        instrument=known.terms(entry.instrument, entry.isin, entry.multiplier),
        into=None if entry.into is None else known.terms(entry.into, entry.into_isin, entry.into_multiplier),
        terms=entry.terms,
        effective_at=entry.effective_at,
        notes=entry.notes,
        source_key=source_key,
        import_id=item.id,
    )


def without_exchange(key: InstrumentKey) -> tuple[object, ...]:
    """Return what names an instrument apart from where it is listed."""
    return (key.symbol, key.segment, key.currency)

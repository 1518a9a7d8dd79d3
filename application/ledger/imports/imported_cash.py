"""From a file's movements of cash to those of the ledger, about instruments that are known if there are any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from application.ledger.cash.record_imported_cash import ImportedCash
from application.ledger.entries import InstrumentTerms
from application.ledger.imports.ports import ImportUnitOfWork
from domain.ledger.cash import WITHOUT_INSTRUMENT
from domain.ledger.cash_pair import Circumstances
from domain.ledger.imports.entry import CashEntry
from domain.ledger.imports.fill import Holding, exported_name, is_isin
from domain.ledger.imports.identity import EntryKind, named_key
from domain.ledger.imports.tradebook_import import Import
from domain.shared.ids import TradeId
from domain.shared.instrument import InstrumentKey, Segment
from domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class KnownPapers:
    """Instruments by their paper, and those that the account has had a position in, the first known first.

    A paper may pay in another currency than it trades in, so the currency decides only among several.
    """

    by_paper: Mapping[Holding, InstrumentKey]
    held: Sequence[InstrumentKey]

    def terms(self, entry: CashEntry) -> InstrumentTerms | None:
        """Return what names the entry's instrument; None if it concerns none."""
        key = entry.instrument
        if key is None or entry.kind in WITHOUT_INSTRUMENT:
            return None
        if entry.origin is not None:
            return InstrumentTerms(key=key, multiplier=entry.origin.multiplier, isin=entry.isin)
        same = [
            known for paper, known in self.by_paper.items() if (paper.isin, paper.segment) == (entry.isin, key.segment)
        ]
        found = _nearest(key, same) or _nearest(key, self._under(key.symbol, key.segment)) or key
        return InstrumentTerms(key=found, isin=entry.isin if entry.isin and is_isin(entry.isin) else None)

    def _under(self, symbol: str, segment: Segment) -> Sequence[InstrumentKey]:
        return [known for known in self.held if (known.symbol, known.segment) == (symbol, segment)]


async def papers_of(unit: ImportUnitOfWork, item: Import, entries: Sequence[CashEntry]) -> KnownPapers:
    """Look up what the entries name."""
    isins = {entry.isin for entry in entries if entry.isin is not None}
    symbols = {entry.instrument.symbol for entry in entries if entry.instrument is not None}
    held = await unit.known.held_under(item.account_id, symbols) if symbols else ()
    return KnownPapers(await unit.known.listings(isins) if isins else {}, held)


async def purchases_of(unit: ImportUnitOfWork, item: Import, entries: Sequence[CashEntry]) -> Mapping[UUID, TradeId]:
    """Return, by the ids they were exported under, the trades that became of those which dividends paid for."""
    keys = {
        named_key(EntryKind.FILL, exported_name(entry.origin.reinvested_in)): entry.origin.reinvested_in
        for entry in entries
        if entry.origin is not None and entry.origin.reinvested_in is not None
    }
    if not keys:
        return {}
    recorded = await unit.known.recorded(item.account_id, keys)
    return {keys[key]: TradeId(known.record_id) for key, known in recorded.items()}


def imported_cash(
    entry: CashEntry, source_key: str, known: KnownPapers, purchases: Mapping[UUID, TradeId]
) -> ImportedCash:
    """Return the movement to record."""
    received, origin = entry.received, entry.origin
    reinvested_in = None if origin is None else origin.reinvested_in
    said = None
    if received is not None and origin is not None:
        said = Circumstances(occurred_at=entry.occurred_at, value_date=received.value_date, notes=received.notes)
    return ImportedCash(
        kind=entry.kind,
        amount=Money(entry.amount, entry.currency),
        tax=entry.tax,
        occurred_at=entry.occurred_at,
        instrument=known.terms(entry),
        received=None if received is None else Money(received.amount, received.currency),
        said_in=said,
        reinvested_in=None if reinvested_in is None else purchases.get(reinvested_in, reinvested_in),
        value_date=entry.value_date,
        notes=entry.notes,
        source_key=source_key,
    )


def _nearest(key: InstrumentKey, among: Iterable[InstrumentKey]) -> InstrumentKey | None:
    found = list(among)
    return next((known for known in found if known.currency == key.currency), found[0] if found else None)

"""Records an import's ready rows, some thousands at a step: fills in the order of execution, cash, then all else.

A step holds either fills, or cash, or other entries, so that positions and instruments are always locked in one
order. It records its entries, settles its rows and moves the counts in one transaction: whatever stops the worker,
the next step finds either all of that or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from application.ledger.cash.record_imported_cash import (
    CashOutcome,
    RecordImportedCash,
    RecordImportedCashCommand,
)
from application.ledger.imports.delivered import actor_of, import_of
from application.ledger.imports.entries import ReadyFill, trade_entry
from application.ledger.imports.imported_actions import imported_action, instruments_of
from application.ledger.imports.imported_cash import imported_cash, papers_of, purchases_of
from application.ledger.imports.imported_transfers import KnownCounterparties, counterparties_of
from application.ledger.imports.known import known_entries
from application.ledger.imports.ports import ImportUnitOfWork, ImportUnits, ReadyRow, SettledRow
from application.ledger.imports.renaming import renamed
from application.ledger.record_imported_action import ImportedAction, RecordImportedAction
from application.ledger.record_imported_transfer import RecordImportedTransfer
from application.ledger.record_trades import BulkRow, Mode, RecordTrades, RecordTradesCommand, RowVerdict
from application.ledger.record_trades import Verdict as RecordVerdict
from application.shared.ports import Clock, IdFactory
from application.shared.reactions import Again, Delivery, Done, Progress, Reaction
from domain.ledger.errors import DuplicateCorporateAction
from domain.ledger.imports.entry import ActionEntry, CashEntry, TransferEntry
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.judging import Known
from domain.ledger.imports.tradebook_import import Import, State
from domain.ledger.imports.verdict import RowProblem, Verdict
from domain.shared.access import Actor
from domain.shared.errors import TapedeckError
from domain.shared.instrument import InstrumentKey

ROWS_PER_STEP: Final = 5_000


@dataclass(frozen=True, slots=True)
class RecordImport(Reaction):
    """Reacts to `ledger.import_commit_requested`; a row that cannot be recorded keeps none of the others back."""

    units: ImportUnits
    record_trades: RecordTrades
    record_imported_action: RecordImportedAction
    record_imported_cash: RecordImportedCash
    record_imported_transfer: RecordImportedTransfer
    clock: Clock
    ids: IdFactory

    async def __call__(self, delivery: Delivery) -> Done | Again:
        """Commit the next rows, unless the import has moved on without this event."""
        async with self.units(delivery.organisation_id) as unit:
            item = await unit.imports.hold(import_of(delivery))
            if item.state is not State.COMMITTING:
                return Done()
            rows = await unit.rows.next_ready(item.id, ROWS_PER_STEP)
            if rows:
                settled = await self._record(unit, item, rows, delivery)
                await unit.rows.settle(settled)
                item.rows_settled([row.verdict for row in settled], self.clock.now())
            is_last = not rows
            if is_last:
                item.committed(self.clock.now())
            await unit.imports.save(item)
            await unit.commit()
        total = item.counts.total
        progress = Progress(total - item.counts.of(Verdict.READY), total)
        return Done(progress) if is_last else Again(progress)

    async def _record(
        self, unit: ImportUnitOfWork, item: Import, rows: Sequence[ReadyRow], delivery: Delivery
    ) -> Sequence[SettledRow]:
        fills = [ReadyFill(row.id, row.line, row.entry, row.source_key) for row in rows if isinstance(row.entry, Fill)]
        if fills:
            return await self._record_fills(unit, item, fills, delivery)
        cash = [row.entry for row in rows if isinstance(row.entry, CashEntry)]
        if cash:
            return await self._record_cash(unit, item, rows, delivery)
        actions = [row.entry for row in rows if isinstance(row.entry, ActionEntry)]
        known = await instruments_of(unit, item, actions)
        transfers = [row.entry for row in rows if isinstance(row.entry, TransferEntry)]
        others = await counterparties_of(unit, item, transfers)
        settled: list[SettledRow] = []
        for row in rows:
            if isinstance(row.entry, ActionEntry):
                action = imported_action(item, row.entry, row.source_key, known)
                settled.append(await self._record_action(row, action, actor_of(delivery)))
            elif isinstance(row.entry, TransferEntry):
                settled.append(await self._record_transfer(item, row, row.entry, others, actor_of(delivery)))
        return settled

    async def _record_transfer(
        self, item: Import, row: ReadyRow, entry: TransferEntry, others: KnownCounterparties, actor: Actor
    ) -> SettledRow:
        try:
            recorded = await self.record_imported_transfer(actor, others.transfer(item, row, entry))
        except TapedeckError as error:
            return SettledRow(row.id, Verdict.BAD, problem=RowProblem(None, error.message))
        if recorded.is_new:
            return SettledRow(row.id, Verdict.IMPORTED, record_id=recorded.id)
        return SettledRow(row.id, Verdict.DUPLICATE, known=Known(recorded.id, recorded.import_id))

    async def _record_cash(
        self, unit: ImportUnitOfWork, item: Import, rows: Sequence[ReadyRow], delivery: Delivery
    ) -> Sequence[SettledRow]:
        entries = {row.source_key: row.entry for row in rows if isinstance(row.entry, CashEntry)}
        told = list(entries.values())
        papers, purchases = await papers_of(unit, item, told), await purchases_of(unit, item, told)
        wanted = [imported_cash(entry, key, papers, purchases) for key, entry in entries.items()]
        command = RecordImportedCashCommand(item.account_id, item.id, wanted)
        outcomes = dict(zip(entries, await self.record_imported_cash(actor_of(delivery), command), strict=True))
        doubled = {key: entries[key] for key, outcome in outcomes.items() if outcome is None}
        known = await known_entries(unit, item, doubled)
        return [_settled_cash(item, row, outcomes[row.source_key], known) for row in rows]

    async def _record_action(self, row: ReadyRow, action: ImportedAction, actor: Actor) -> SettledRow:
        try:
            recorded = await self.record_imported_action(actor, action)
        except DuplicateCorporateAction as known:
            return SettledRow(row.id, Verdict.DUPLICATE, known=Known(known.known))
        except TapedeckError as error:
            return SettledRow(row.id, Verdict.BAD, problem=RowProblem(None, error.message))
        return SettledRow(row.id, Verdict.IMPORTED, record_id=recorded)

    async def _record_fills(
        self, unit: ImportUnitOfWork, item: Import, rows: Sequence[ReadyFill], delivery: Delivery
    ) -> Sequence[SettledRow]:
        instruments = await _instruments(unit, rows)
        anew = await renamed(unit, item, [row.fill for row in rows], self.ids)
        entries = [trade_entry(item, row, key, anew) for row, key in zip(rows, instruments, strict=True)]
        command = RecordTradesCommand(
            [BulkRow(row.line, entry) for row, entry in zip(rows, entries, strict=True)], Mode.PARTIAL
        )
        outcome = await self.record_trades(actor_of(delivery), command)
        found = list(zip(rows, outcome.verdicts, strict=True))
        doubled = {row.source_key: row.fill for row, verdict in found if verdict.verdict is RecordVerdict.DUPLICATE}
        known = await known_entries(unit, item, doubled)
        return [_settled(item, row, verdict, known) for row, verdict in found]


async def _instruments(unit: ImportUnitOfWork, rows: Sequence[ReadyFill]) -> Sequence[InstrumentKey]:
    """Return the instrument of each row: shares bought on one exchange and sold on another are one holding."""
    holdings = [row.fill.holding for row in rows]
    listings = dict(await unit.known.listings({holding.isin for holding in holdings if holding is not None}))
    return [
        row.fill.instrument if holding is None else listings.setdefault(holding, row.fill.instrument)
        for row, holding in zip(rows, holdings, strict=True)
    ]


def _settled_cash(item: Import, row: ReadyRow, outcome: CashOutcome, known: Mapping[str, Known]) -> SettledRow:
    if isinstance(outcome, TapedeckError):
        return SettledRow(row.id, Verdict.BAD, problem=RowProblem(None, outcome.message))
    if outcome is not None:
        return SettledRow(row.id, Verdict.IMPORTED, record_id=outcome)
    return _known_already(item, row.id, known.get(row.source_key))


def _known_already(item: Import, row_id: UUID, match: Known | None) -> SettledRow:
    if match is not None and match.import_id == item.id:
        return SettledRow(row_id, Verdict.IMPORTED, record_id=match.record_id)
    return SettledRow(row_id, Verdict.DUPLICATE, known=match)


def _settled(item: Import, row: ReadyFill, verdict: RowVerdict, known: Mapping[str, Known]) -> SettledRow:
    if verdict.verdict is RecordVerdict.RECORDED:
        return SettledRow(row.id, Verdict.IMPORTED, record_id=verdict.trade_id)
    if verdict.error is not None:
        field = verdict.error.details.get("field")
        problem = RowProblem(field if isinstance(field, str) else None, verdict.error.message)
        return SettledRow(row.id, Verdict.BAD, problem=problem)
    return _known_already(item, row.id, known.get(row.source_key))

"""Reads a received file, some thousand rows at a step: each step stores its rows and the place where the next begins.

A file whose rows depend on each other is read in one step, and its rows are judged and stored a thousand at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from application.ledger.imports.delivered import import_of
from application.ledger.imports.entries import checked
from application.ledger.imports.format_ports import HEAD_BYTES, FileContext, TradebookFormats, WholeFile, Window
from application.ledger.imports.known import known_entries
from application.ledger.imports.ports import ImportUnitOfWork, ImportUnits
from application.shared.ports import Clock
from application.shared.reactions import Again, Delivery, Done, Progress, Reaction
from domain.ledger.imports.entry import CashEntry
from domain.ledger.imports.errors import Unreadable
from domain.ledger.imports.fill import Fill
from domain.ledger.imports.identity import name_of
from domain.ledger.imports.judging import JudgedRow, ReadRow, hashed, judge, keyed, without_entry
from domain.ledger.imports.layout import Place, Shape
from domain.ledger.imports.tradebook_import import MAX_BAD_ROWS, MAX_ROWS, Import, State
from domain.ledger.imports.verdict import RowProblem, Verdict
from domain.shared.ids import AccountId
from domain.shared.time import zone

ROWS_PER_STEP: Final = 2_000
_BAD_PER_GOOD: Final = 10


@dataclass(frozen=True, slots=True)
class ParseImport(Reaction):
    """Reacts to `ledger.import_received`; ends with the import previewed, or failed with a reason."""

    units: ImportUnits
    formats: TradebookFormats
    clock: Clock

    async def __call__(self, delivery: Delivery) -> Done | Again:
        """Read the next rows, unless the import has moved on without this event."""
        async with self.units(delivery.organisation_id) as unit:
            item = await unit.imports.hold(import_of(delivery))
            if item.state not in {State.RECEIVED, State.PARSING}:
                return Done()
            more = await self._step(unit, item, self.clock.now())
            await unit.imports.save(item)
            await unit.commit()
        progress = Progress(item.place.offset, item.content_size)
        return Again(progress) if more else Done(progress)

    async def _step(self, unit: ImportUnitOfWork, item: Import, now: datetime) -> bool:
        if item.reading is None:
            item.fail("Nothing says how to read the file; give it a mapping.", now)
            return False
        account = (await unit.accounts.find([item.account_id]))[item.account_id]
        context = FileContext(zone(account.details.time_zone), account.details.currency)
        whole = self.formats.whole(item.reading, context)
        if whole is not None:
            await _read_whole(unit, item, whole, now)
            return False
        data = await unit.files.read(item.id, item.place.offset, HEAD_BYTES)
        is_last = item.place.offset + len(data) >= item.content_size
        batch = self.formats.read(item.reading, Window(data, item.place, is_last), context.account_zone, ROWS_PER_STEP)
        rows = await _take(unit, item, batch.rows, now)
        item.rows_read((row.verdict for row in rows), batch.end, now)
        if batch.end.offset >= item.content_size:
            _finish(item, now)
            return False
        reason = _hopeless(item, rows)
        if reason is not None:
            item.fail(reason, now)
        return reason is None


async def _read_whole(unit: ImportUnitOfWork, item: Import, whole: WholeFile, now: datetime) -> None:
    try:
        for offset in range(0, item.content_size, HEAD_BYTES):
            whole.feed(await unit.files.read(item.id, offset, HEAD_BYTES))
        for rows in _batches(whole.rows()):
            judged = await _take(unit, item, rows, now)
            item.rows_read((row.verdict for row in judged), item.place, now)
    except Unreadable as problem:
        # what was read before the fault says too little to be offered
        await unit.rows.remove(item.id)
        item.fail(problem.message, now)
        return
    item.rows_read((), Place(item.content_size, item.place.line), now)
    _finish(item, now)


def _batches(rows: Iterator[ReadRow]) -> Iterator[Sequence[ReadRow]]:
    while batch := list(islice(rows, ROWS_PER_STEP)):
        yield batch


async def _take(unit: ImportUnitOfWork, item: Import, rows: Iterable[ReadRow], now: datetime) -> Sequence[JudgedRow]:
    """Judge and store rows."""
    judged = await _judged(unit, item, await _of_one_account(unit, item, [checked(row, now) for row in rows]))
    await unit.rows.add(item, judged)
    return judged


async def _judged(unit: ImportUnitOfWork, item: Import, rows: Sequence[ReadRow]) -> Sequence[JudgedRow]:
    entries = hashed(rows)
    if not entries:
        return without_entry(rows)
    nameless = {entry.content_hash for entry in entries if name_of(entry.entry) is None}
    by_key = keyed(entries, await unit.known.ordinals(item.id, nameless))
    keys = {entry.source_key: entry.entry for entry in by_key}
    seen = await unit.known.first_rows(item.id, keys)
    return [*without_entry(rows), *judge(by_key, seen, await known_entries(unit, item, keys))]


async def _of_one_account(unit: ImportUnitOfWork, item: Import, rows: Sequence[ReadRow]) -> Sequence[ReadRow]:
    """Refuse what was exported of a second account: in one account they would net each other."""
    accounts = [account_id for row in rows if (account_id := _exported_from(row)) is not None]
    if not accounts:
        return rows
    wanted = await unit.known.exported_from(item.id) or accounts[0]
    reason = f"The file's first row is of the account {wanted}; export one account at a time with accountId."
    return [
        row if _exported_from(row) in {None, wanted} else ReadRow(row.line, RowProblem("accountId", reason), row.part)
        for row in rows
    ]


def _exported_from(row: ReadRow) -> AccountId | None:
    entry = row.content
    return entry.origin.account_id if isinstance(entry, Fill | CashEntry) and entry.origin is not None else None


def _finish(item: Import, now: datetime) -> None:
    if item.counts.total == 0:
        is_table = item.layout is not None and item.layout.shape is Shape.TABLE
        item.fail("There are no rows below the header." if is_table else "There is nothing in the file to import.", now)
    else:
        item.file_read(now)


def _hopeless(item: Import, rows: Sequence[JudgedRow]) -> str | None:
    """Return why reading on makes no sense, if it does not: too many rows, or hardly any that is good."""
    if item.counts.total > MAX_ROWS:
        return f"The file has more than {MAX_ROWS} rows; split it and import the parts."
    bad = item.counts.of(Verdict.BAD)
    good = item.counts.total - bad
    if bad < MAX_BAD_ROWS or bad < good * _BAD_PER_GOOD:
        return None
    last = next((row.problem for row in reversed(rows) if row.problem is not None), None)
    example = "" if last is None else f" The last of them: {last.reason}"
    return f"{bad} of the first {item.counts.total} rows cannot be read; is the mapping right?{example}"

"""Reads a received file, a thousand rows at a step: each step stores its rows and the place where the next begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.ledger.imports.delivered import import_of
from application.ledger.imports.entries import checked
from application.ledger.imports.known import known_fills
from application.ledger.imports.ports import HEAD_BYTES, ImportUnitOfWork, ImportUnits, TradebookFormats, Window
from application.shared.ports import Clock
from application.shared.reactions import Again, Delivery, Done, Reaction
from domain.ledger.imports.judging import JudgedRow, ReadRow, bad, hashed, judge, keyed
from domain.ledger.imports.tradebook_import import MAX_BAD_ROWS, MAX_ROWS, Import, State
from domain.ledger.imports.verdict import Verdict
from domain.shared.time import zone

ROWS_PER_STEP: Final = 1_000
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
        return Again() if more else Done()

    async def _step(self, unit: ImportUnitOfWork, item: Import, now: datetime) -> bool:
        if item.reading is None:
            item.fail("Nothing says how to read the file; give it a mapping.", now)
            return False
        data = await unit.files.read(item.id, item.place.offset, HEAD_BYTES)
        is_last = item.place.offset + len(data) >= item.file.size
        account = (await unit.accounts.find([item.account_id]))[item.account_id]
        batch = self.formats.read(
            item.reading, Window(data, item.place, is_last), zone(account.details.time_zone), ROWS_PER_STEP
        )
        rows = await _judged(unit, item, [checked(row, now) for row in batch.rows])
        await unit.rows.add(item, rows)
        item.rows_read((row.verdict for row in rows), batch.end, now)
        if batch.end.offset >= item.file.size:
            _finish(item, now)
            return False
        reason = _hopeless(item, rows)
        if reason is not None:
            item.fail(reason, now)
        return reason is None


async def _judged(unit: ImportUnitOfWork, item: Import, rows: Sequence[ReadRow]) -> Sequence[JudgedRow]:
    fills = hashed(rows)
    if not fills:
        return bad(rows)
    nameless = {fill.content_hash for fill in fills if fill.fill.fill_id is None}
    fills_by_key = keyed(fills, await unit.fills.ordinals(item.id, nameless))
    keys = {fill.source_key: fill.fill for fill in fills_by_key}
    seen = await unit.fills.first_rows(item.id, keys)
    return [*bad(rows), *judge(fills_by_key, seen, await known_fills(unit, item, keys))]


def _finish(item: Import, now: datetime) -> None:
    if item.counts.total == 0:
        item.fail("There are no rows below the header.", now)
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

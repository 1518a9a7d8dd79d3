"""Record many trades in one transaction, each row with a verdict of its own.

The same rows may come again and again (imports, retries): a row whose `source_key` the account already has,
or that repeats a broker's fill, is a duplicate and adds nothing. Positions follow in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from application.ledger import recording, settle
from application.ledger.entries import TradeEntry
from application.ledger.ports import LedgerUnits
from application.shared.ports import Clock, IdFactory
from domain.ledger.trade import Trade, trades_changed
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid, TapedeckError
from domain.shared.ids import TradeId

MAX_ROWS = 10_000


class Mode(StrEnum):
    """What a rejected row means for the others."""

    ALL_OR_NOTHING = "all_or_nothing"
    PARTIAL = "partial"


class Verdict(StrEnum):
    """What became of a row. `valid` rows would have been recorded, had this not been a dry run or a refusal."""

    RECORDED = "recorded"
    VALID = "valid"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class BulkRow:
    """A row and its place in what the caller sent; an error instead of an entry when it could not be read."""

    line: int
    entry: TradeEntry | TapedeckError


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """The fate of one row: the trade it made (recorded only), or the error for which it was rejected."""

    line: int
    verdict: Verdict
    trade_id: TradeId | None = None
    error: TapedeckError | None = None


@dataclass(frozen=True, slots=True)
class RecordTradesCommand:
    """At most `MAX_ROWS` rows; a dry run judges every row as if recorded, then stores nothing."""

    rows: Sequence[BulkRow]
    mode: Mode = Mode.ALL_OR_NOTHING
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """One verdict per row, in the order of the rows, and whether anything was stored."""

    verdicts: Sequence[RowVerdict]
    stored: bool


@dataclass(frozen=True, slots=True)
class RecordTrades:
    """Records the rows that stand, or none if `all_or_nothing` and one was rejected."""

    units: LedgerUnits
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: RecordTradesCommand) -> BulkOutcome:
        """Judge and record; raises Invalid for more than `MAX_ROWS` rows, Forbidden without ledger:write."""
        actor.require(Scope.LEDGER_WRITE)
        if not 1 <= len(command.rows) <= MAX_ROWS:
            raise Invalid(
                f"There are {len(command.rows)} rows; send 1 to {MAX_ROWS} at a time.", field="trades", limit=MAX_ROWS
            )
        now = self.clock.now()
        async with self.units(actor.organisation_id) as unit:
            judged = await recording.judge(unit, [row.entry for row in command.rows], now, self.ids)
            stored = await recording.store(unit, judged)
            refused = command.mode is Mode.ALL_OR_NOTHING and len(judged.trades) < len(command.rows)
            records = not command.dry_run and not refused
            if records and stored.trades:
                await settle.append(unit, stored.held, stored.trades, now)
                await unit.outbox.add(trades_changed(stored.trades))
                await unit.commit()
        new = {trade.id for trade in stored.trades}
        return BulkOutcome(
            verdicts=[
                _verdict(row.line, result, new, records=records)
                for row, result in zip(command.rows, judged.results, strict=True)
            ],
            stored=records and bool(new),
        )


def _verdict(line: int, result: Trade | TapedeckError, new: set[TradeId], *, records: bool) -> RowVerdict:
    if isinstance(result, TapedeckError):
        return RowVerdict(line, Verdict.REJECTED, error=result)
    if result.id not in new:
        return RowVerdict(line, Verdict.DUPLICATE)
    return RowVerdict(line, Verdict.RECORDED, trade_id=result.id) if records else RowVerdict(line, Verdict.VALID)

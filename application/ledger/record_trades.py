"""Record many trades in one transaction, each row with a verdict of its own.

The same rows may come again and again (imports, retries): a row whose `source_key` the account already has,
or that repeats a broker's fill, is a duplicate and adds nothing. Positions follow in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from application.ledger.entries import TradeEntry
from application.ledger.ports import LedgerUnitOfWork
from application.shared.ports import Clock, IdFactory
from domain.shared.access import Actor
from domain.shared.errors import TapedeckError
from domain.shared.ids import OrganisationId, TradeId

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

    unit_of_work: Callable[[OrganisationId], LedgerUnitOfWork]
    clock: Clock
    ids: IdFactory

    async def __call__(self, actor: Actor, command: RecordTradesCommand) -> BulkOutcome:
        """Judge and record; raises Invalid for more than `MAX_ROWS` rows, Forbidden without ledger:write."""
        raise NotImplementedError

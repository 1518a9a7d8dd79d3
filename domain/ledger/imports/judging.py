"""Which rows of a file are new: the rule that keeps a fill from being counted twice, and identical fills apart.

A fill that its source names is that fill, wherever it appears. A fill without a name is told by its content
and by its ordinal among the rows of the same content in one file: the second of two identical rows is a
second fill, and in the same file uploaded again both are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from domain.ledger.imports.fill import Fill
from domain.ledger.imports.verdict import RowProblem, Verdict
from domain.shared.ids import ImportId, TradeId
from domain.shared.money import plain


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as a format understood it: the line it begins on, and a fill or the reason why it is none."""

    line: int
    content: Fill | RowProblem


@dataclass(frozen=True, slots=True)
class Known:
    """A trade that the account already has; its content hash and import where it came from a file."""

    trade_id: TradeId
    import_id: ImportId | None = None
    content_hash: str | None = None


@dataclass(frozen=True, slots=True)
class FirstRow:
    """The first row of this file with a source key."""

    line: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row with its verdict; `known` or `first_line` say of what it is a duplicate or with what it conflicts."""

    line: int
    verdict: Verdict
    fill: Fill | None = None
    source_key: str | None = None
    content_hash: str | None = None
    problem: RowProblem | None = None
    known: Known | None = None
    first_line: int | None = None


def content_hash(fill: Fill) -> str:
    """Return a digest of what makes the fill: instrument, side, quantity, price and time.

    Fees, notes and the like stay out: brokers fill them in later, and a second export must not double a fill.
    """
    key = fill.instrument
    parts = (
        key.symbol,
        key.exchange,
        key.segment.value,
        key.currency.code,
        fill.side.value,
        plain(fill.quantity),
        plain(fill.price),
        fill.executed_at.isoformat(),
    )
    return sha256("\x1f".join(parts).encode()).hexdigest()


class HashedFill(NamedTuple):
    """A fill with its line and its content hash."""

    line: int
    fill: Fill
    content_hash: str


class KeyedFill(NamedTuple):
    """A hashed fill with the key under which it counts once."""

    line: int
    fill: Fill
    content_hash: str
    source_key: str


def hashed(rows: Iterable[ReadRow]) -> Sequence[HashedFill]:
    """Give each fill its content hash."""
    return [
        HashedFill(row.line, row.content, content_hash(row.content)) for row in rows if isinstance(row.content, Fill)
    ]


def keyed(fills: Iterable[HashedFill], ordinals: Mapping[str, int]) -> Sequence[KeyedFill]:
    """Give each fill its source key, counting identical rows on from `ordinals`."""
    counted: dict[str, int] = {}
    result: list[KeyedFill] = []
    for line, fill, digest in fills:
        if fill.fill_id is not None:
            result.append(KeyedFill(line, fill, digest, f"fill:{fill.fill_id}"))
            continue
        ordinal = counted.get(digest, ordinals.get(digest, 0)) + 1
        counted[digest] = ordinal
        result.append(KeyedFill(line, fill, digest, f"row:{digest}:{ordinal}"))
    return result


def judge(fills: Iterable[KeyedFill], seen: Mapping[str, FirstRow], known: Mapping[str, Known]) -> Sequence[JudgedRow]:
    """Return a verdict for each fill: `seen` are earlier rows of the file, `known` what the account has."""
    first_rows = dict(seen)
    return [_judge_fill(fill, first_rows, known) for fill in fills]


def bad(rows: Iterable[ReadRow]) -> Sequence[JudgedRow]:
    """Return the verdict of the rows that hold no fill."""
    return [
        JudgedRow(row.line, Verdict.BAD, problem=row.content) for row in rows if isinstance(row.content, RowProblem)
    ]


def _judge_fill(row: KeyedFill, first_rows: dict[str, FirstRow], known: Mapping[str, Known]) -> JudgedRow:
    line, fill, digest, key = row
    first = first_rows.setdefault(key, FirstRow(line, digest))
    if first.line != line:
        if first.content_hash == digest:
            return JudgedRow(line, Verdict.DUPLICATE_IN_FILE, fill, key, digest, first_line=first.line)
        reason = f"Line {first.line} has the same trade id with other content; only that line is imported."
        return JudgedRow(line, Verdict.CONFLICT, fill, key, digest, RowProblem(None, reason), first_line=first.line)
    match = known.get(key)
    if match is None:
        return JudgedRow(line, Verdict.READY, fill, key, digest)
    if match.content_hash in {None, digest}:
        return JudgedRow(line, Verdict.DUPLICATE, fill, key, digest, known=match)
    reason = "The account has a fill with this trade id and other content; correct that trade if this row is right."
    return JudgedRow(line, Verdict.CONFLICT, fill, key, digest, RowProblem(None, reason), known=match)

"""Which rows of a file are new: the rule that keeps an entry from being counted twice, and identical entries apart.

An entry that its source names is that entry, wherever it appears. One without a name is told by its content and
by its ordinal among the rows of the same content in one file: the second of two identical rows is a second
entry, and in the same file uploaded again both are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from uuid import UUID

from domain.ledger.imports.entry import Entry
from domain.ledger.imports.identity import EntryKind, content_hash, kind_of, name_of, named_key
from domain.ledger.imports.verdict import Ignored, RowProblem, Verdict
from domain.shared.ids import ImportId

_NOUNS: Mapping[EntryKind, str] = {
    EntryKind.FILL: "fill",
    EntryKind.CASH: "cash movement",
    EntryKind.ACTION: "corporate action",
    EntryKind.TRANSFER: "transfer",
}

Content: TypeAlias = Entry | RowProblem | Ignored


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as a format understood it: the line it begins on, and an entry or the reason why it is none.

    Several entries of one line are its parts 1, 2 and so on.
    """

    line: int
    content: Content
    part: int = 1


@dataclass(frozen=True, slots=True)
class Known:
    """What the account already has for a row; its content hash and import where it came from a file."""

    record_id: UUID
    import_id: ImportId | None = None
    content_hash: str | None = None


@dataclass(frozen=True, slots=True)
class FirstRow:
    """The first row of this file with a source key."""

    line: int
    part: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row with its verdict; `known` or `first_line` say of what it is a duplicate or with what it conflicts."""

    line: int
    verdict: Verdict
    part: int = 1
    entry: Entry | None = None
    source_key: str | None = None
    content_hash: str | None = None
    problem: RowProblem | None = None
    known: Known | None = None
    first_line: int | None = None


class HashedEntry(NamedTuple):
    """An entry with its line, its part of the line and its content hash."""

    line: int
    part: int
    entry: Entry
    content_hash: str


class KeyedEntry(NamedTuple):
    """A hashed entry with the key under which it counts once."""

    line: int
    part: int
    entry: Entry
    content_hash: str
    source_key: str


def hashed(rows: Iterable[ReadRow]) -> Sequence[HashedEntry]:
    """Give each entry its content hash."""
    return [
        HashedEntry(row.line, row.part, row.content, content_hash(row.content))
        for row in rows
        if not isinstance(row.content, (RowProblem, Ignored))
    ]


def keyed(entries: Iterable[HashedEntry], ordinals: Mapping[str, int]) -> Sequence[KeyedEntry]:
    """Give each entry its source key, counting identical rows on from `ordinals`."""
    counted: dict[str, int] = {}
    result: list[KeyedEntry] = []
    for line, part, entry, digest in entries:
        name = name_of(entry)
        if name is not None:
            result.append(KeyedEntry(line, part, entry, digest, named_key(kind_of(entry), name)))
            continue
        ordinal = counted.get(digest, ordinals.get(digest, 0)) + 1
        counted[digest] = ordinal
        result.append(KeyedEntry(line, part, entry, digest, f"row:{digest}:{ordinal}"))
    return result


def judge(
    entries: Iterable[KeyedEntry], seen: Mapping[str, FirstRow], known: Mapping[str, Known]
) -> Sequence[JudgedRow]:
    """Return a verdict for each entry: `seen` are earlier rows of the file, `known` what the account has."""
    first_rows = dict(seen)
    return [_judge_entry(entry, first_rows, known) for entry in entries]


def without_entry(rows: Iterable[ReadRow]) -> Sequence[JudgedRow]:
    """Return the verdicts of the rows that hold no entry: they are bad, or ignored with a reason."""
    result: list[JudgedRow] = []
    for row in rows:
        if isinstance(row.content, RowProblem):
            result.append(JudgedRow(row.line, Verdict.BAD, row.part, problem=row.content))
        elif isinstance(row.content, Ignored):
            reason = RowProblem(None, row.content.reason)
            result.append(JudgedRow(row.line, Verdict.IGNORED, row.part, problem=reason))
    return result


def _judge_entry(row: KeyedEntry, first_rows: dict[str, FirstRow], known: Mapping[str, Known]) -> JudgedRow:
    line, part, entry, digest, key = row
    first = first_rows.setdefault(key, FirstRow(line, part, digest))
    if (first.line, first.part) != (line, part):
        if first.content_hash == digest:
            return JudgedRow(line, Verdict.DUPLICATE_IN_FILE, part, entry, key, digest, first_line=first.line)
        problem = RowProblem(None, f"Line {first.line} has the same id with other content; only that line is imported.")
        return JudgedRow(line, Verdict.CONFLICT, part, entry, key, digest, problem, first_line=first.line)
    match = known.get(key)
    if match is None:
        return JudgedRow(line, Verdict.READY, part, entry, key, digest)
    if match.content_hash in {None, digest}:
        return JudgedRow(line, Verdict.DUPLICATE, part, entry, key, digest, known=match)
    what = _NOUNS[kind_of(entry)]
    reason = f"The account has a {what} with this id and other content; correct that {what} if this row is right."
    return JudgedRow(line, Verdict.CONFLICT, part, entry, key, digest, RowProblem(None, reason), known=match)

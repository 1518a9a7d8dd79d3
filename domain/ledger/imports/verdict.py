"""What can become of a row of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """The fate of a row: judged when the file is read, settled when the import is committed or undone."""

    READY = "ready"
    DUPLICATE = "duplicate"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    CONFLICT = "conflict"
    BAD = "bad"
    IGNORED = "ignored"
    IMPORTED = "imported"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot be an entry: the column at fault, if one is, and the reason with the value found."""

    column: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Why a row that is as it should be makes no entry: it informs, or its content is in the entry of another."""

    reason: str


def part_of(line: int) -> Ignored:
    """Return what to say of a row whose content went into the entry of another."""
    return Ignored(f"Part of the entry on line {line}.")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows have each verdict; verdicts that no row has count zero."""

    by_verdict: Mapping[Verdict, int] = field(default_factory=dict[Verdict, int])

    def of(self, *verdicts: Verdict) -> int:
        """Return how many rows have one of the verdicts."""
        return sum(self.by_verdict.get(verdict, 0) for verdict in verdicts)

    @property
    def total(self) -> int:
        """How many rows have been judged."""
        return sum(self.by_verdict.values())

    def plus(self, verdicts: Iterable[Verdict]) -> Counts:
        """Count further rows."""
        counts = dict(self.by_verdict)
        for verdict in verdicts:
            counts[verdict] = counts.get(verdict, 0) + 1
        return Counts(counts)

    def moved(self, source: Verdict, targets: Iterable[Verdict]) -> Counts:
        """Give rows that had the verdict `source` their new verdicts."""
        counts = dict(self.by_verdict)
        for target in targets:
            counts[source] = counts.get(source, 0) - 1
            counts[target] = counts.get(target, 0) + 1
        return Counts({verdict: count for verdict, count in counts.items() if count})

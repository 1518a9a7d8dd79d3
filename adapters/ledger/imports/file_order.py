"""Which way a file runs: rows of one day are told apart by their place in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from adapters.ledger.imports.delimited.cells import BadCell
from domain.ledger.trade import MAX_SEQUENCE

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class FileOrder:
    """Whether the newest row comes first."""

    is_newest_first: bool

    @classmethod
    def of(cls, rows: Iterable[_Row], day_of: Callable[[_Row], date]) -> FileOrder:
        """Tell by the first and the last day; a file of one day runs forwards."""
        days: list[date] = []
        for row in rows:
            try:
                days.append(day_of(row))
            except BadCell:
                # the row is told that its date is none when it is read
                continue
        return cls(is_newest_first=bool(days) and days[0] > days[-1])

    def sequence(self, line: int) -> int:
        """Return the place of a line among those of its day."""
        return MAX_SEQUENCE - line if self.is_newest_first else line

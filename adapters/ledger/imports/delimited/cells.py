"""Reads the cells of one record by the names of their columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

from adapters.ledger.imports.delimited.records import Record
from domain.ledger.imports.judging import Content
from domain.ledger.imports.layout import column_key
from domain.ledger.imports.verdict import RowProblem

_CAPITAL = re.compile(r"(?=[A-Z])")

Translate: TypeAlias = Callable[[Record], Content | Sequence[Content]]


class BadCell(Exception):
    """A cell that cannot be what its column holds; never leaves the importers."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.problem = RowProblem(column, reason)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text and the name of its column as the file's header writes it."""

    column: str
    text: str

    def bad(self, reason: str) -> BadCell:
        """Return the error that says what is wrong with the cell and what is in it."""
        return BadCell(self.column, f"{self.column} {reason}; got {self.text[:48]!r}.")

    def required(self) -> str:
        """Return the text; raise BadCell if there is none."""
        if not self.text:
            raise BadCell(self.column, f"{self.column} is empty.")
        return self.text


@final
class Columns:
    """Where each column of a header stands."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._places: dict[str, int] = {}
        # by the name as it is asked for, so that comparing names is not done for every row
        self._asked: dict[str, int | None] = {}
        for place, name in enumerate(names):
            if name:
                self._places.setdefault(column_key(name), place)

    def spelled(self, name: str) -> str | None:
        """Return a column as the header writes it, None if the header lacks it; `tradeId` is `trade_id`."""
        place = self._places.get(column_key(name))
        if place is None:
            place = self._places.get(column_key(_CAPITAL.sub("_", name)))
        return None if place is None else self.names[place]

    def cell(self, record: Record, name: str) -> Cell:
        """Return the record's cell in the column; empty if the row is short or the header lacks the column."""
        if name not in self._asked:
            self._asked[name] = self._places.get(column_key(name))
        place = self._asked[name]
        if place is None:
            return Cell(name, "")
        return Cell(self.names[place], record.cells[place] if place < len(record.cells) else "")

    def check_width(self, record: Record) -> None:
        """Raise BadCell if the row has filled cells beyond the header: its cells are then not where they seem."""
        if any(record.cells[len(self.names) :]):
            raise BadCell(None, f"The row has {len(record.cells)} cells and the header has {len(self.names)}.")

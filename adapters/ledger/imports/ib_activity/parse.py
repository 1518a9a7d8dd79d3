"""Takes a statement apart into its tables.

The first cell of a record names its table, the second what the record is: a header, which may come again with other
columns, data, or a sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from adapters.ledger.imports.delimited.cells import Cell, Columns
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import problem_row
from domain.ledger.imports.judging import ReadRow

_LEAST_CELLS: Final = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row of data under its table's header."""

    table: str
    columns: Columns
    record: Record

    @property
    def line(self) -> int:
        """The line on which the row begins."""
        return self.record.line

    def cell(self, *names: str) -> Cell:
        """Return the first of the named columns that the header has; empty under the first name if none."""
        for name in names:
            if self.columns.spelled(name) is not None:
                return self.columns.cell(self.record, name)
        return Cell(names[0], "")

    def text(self, *names: str) -> str:
        """Return a cell's text; empty for dashes."""
        text = self.cell(*names).text
        return text if text.strip("-") else ""

    def starting(self, start: str) -> Cell:
        """Return the first column whose name begins so: some name the account's currency at their end."""
        name = next((name for name in self.columns.names if name.startswith(start)), None)
        return Cell(start, "") if name is None else self.columns.cell(self.record, name)


@dataclass(slots=True)
class Statement:
    """All rows of data by table, what its facts are called, and the records that could not be read."""

    tables: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    facts: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    bad: list[ReadRow] = field(default_factory=list[ReadRow])


def parse(records: Iterable[Record]) -> Statement:
    """Return the statement's tables in the order of the file."""
    statement = Statement()
    headers: dict[str, Columns] = {}
    for record in records:
        if record.problem is not None or len(record.cells) < _LEAST_CELLS:
            statement.bad.append(problem_row(record))
            continue
        table, kind, *cells = record.cells
        if kind == "Header":
            headers[table] = Columns(cells)
        elif kind == "Data":
            row = Row(table, headers.get(table, Columns(())), Record(record.line, tuple(cells)))
            statement.tables.setdefault(table, []).append(row)
            name = row.text("Field Name")
            if name:
                statement.facts[table, name] = row.text("Field Value")
    return statement

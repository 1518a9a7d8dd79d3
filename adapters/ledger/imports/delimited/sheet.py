"""One table of a file: its rows below the header, whatever stands above it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

from adapters.ledger.imports.delimited.cells import Cell, Columns
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import problem_row, rows_of
from domain.ledger.imports.judging import Content, ReadRow
from domain.ledger.imports.layout import column_key
from domain.ledger.imports.verdict import Ignored

_DASHES: Final = frozenset({"-", "--", "n/a", "N/A"})
_ABOVE: Final = Ignored("It stands above the header and is no row of the table.")
_AGAIN: Final = Ignored("The header again.")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of data under its header."""

    columns: Columns
    record: Record

    @property
    def line(self) -> int:
        """The line on which the row begins."""
        return self.record.line

    def cell(self, *names: str) -> Cell:
        """Return the first filled cell of the named columns, else the first that the header has; empty if none."""
        for name in names:
            cell = self.columns.cell(self.record, name)
            if cell.text or len(names) == 1:
                return cell
        known = next((name for name in names if self.columns.spelled(name) is not None), names[0])
        return self.columns.cell(self.record, known)

    def text(self, *names: str) -> str:
        """Return a cell's text; empty for dashes."""
        text = self.cell(*names).text
        return "" if text in _DASHES else text

    def starting(self, start: str) -> Cell | None:
        """Return the filled column whose name begins so, None without: some name a currency at their end."""
        for name in _beginning(self.columns.names, start):
            cell = self.columns.cell(self.record, name)
            if cell.text:
                return cell
        return None


@lru_cache(maxsize=256)
def _beginning(names: tuple[str, ...], start: str) -> tuple[str, ...]:
    """Return the columns of a header whose names begin so; it is asked for every row."""
    return tuple(name for name in names if name.startswith(start))


def named(*columns: str) -> frozenset[str]:
    """Return the names as headers are compared: capitals, blanks and dashes do not matter."""
    return frozenset(map(column_key, columns))


def is_header(record: Record, required: frozenset[str]) -> bool:
    """Tell whether a record names all these columns."""
    return record.problem is None and required <= {column_key(cell) for cell in record.cells}


def has_header(head: Sequence[Record], required: frozenset[str]) -> bool:
    """Tell whether one of the first records of a file names all these columns."""
    return any(is_header(record, required) for record in head)


def table(records: Iterable[Record], required: frozenset[str]) -> Iterator[TableRow | ReadRow]:
    """Yield the rows below the header; of a record that is none, what became of it."""
    columns: Columns | None = None
    for record in records:
        if record.problem is not None:
            yield problem_row(record)
        # below the header, only a row that begins with the name of a column may be one again
        elif (columns is None or record.cells[0] in columns.names) and is_header(record, required):
            if columns is not None:
                yield ReadRow(record.line, _AGAIN)
            columns = Columns(record.cells)
        elif columns is None:
            yield ReadRow(record.line, _ABOVE)
        else:
            yield TableRow(columns, record)


def table_rows(
    records: Iterable[Record],
    required: frozenset[str],
    translate: Callable[[TableRow], Content | Sequence[Content]],
) -> Iterator[ReadRow]:
    """Translate each row of a table whose rows do not depend on each other."""
    for row in table(records, required):
        if isinstance(row, ReadRow):
            yield row
        else:
            yield from translated(row, translate)


def translated(row: TableRow, translate: Callable[[TableRow], Content | Sequence[Content]]) -> Iterator[ReadRow]:
    """Yield what a row says; one with cells beyond the header is bad, since no cell is where it seems."""
    yield from rows_of(row.line, partial(_translated, row, translate))


def _translated(
    row: TableRow, translate: Callable[[TableRow], Content | Sequence[Content]]
) -> Content | Sequence[Content]:
    row.columns.check_width(row.record)
    return translate(row)

"""Picks the cells of a row as a mapping tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.ledger.imports.delimited.cells import Cell, Columns
from adapters.ledger.imports.delimited.records import Record
from domain.ledger.fees import FeeKind
from domain.ledger.imports.mapping import Column, ColumnMapping


@dataclass(frozen=True, slots=True)
class MappedRow:
    """One row, as texts: a cell for each mapped column and for each kind of fee."""

    line: int
    cells: Mapping[Column, Cell]
    fees: Mapping[FeeKind, Cell]


def parser(columns: Columns, mapping: ColumnMapping) -> Callable[[Record], MappedRow]:
    """Return the function that picks a record's cells."""

    def parse(record: Record) -> MappedRow:
        return MappedRow(
            record.line,
            {column: columns.cell(record, name) for column, name in mapping.columns.items()},
            {kind: columns.cell(record, name) for kind, name in mapping.fees.items()},
        )

    return parse

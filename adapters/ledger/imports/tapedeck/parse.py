"""Picks the cells of an exported trade, as they were before they were made safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.ledger.imports.delimited.cells import Cell, Columns
from adapters.ledger.imports.delimited.records import Record
from domain.ledger.fees import FeeKind

FEE_COLUMNS: Final[Mapping[FeeKind, str]] = {
    FeeKind.BROKERAGE: "fees.brokerage",
    FeeKind.EXCHANGE: "fees.exchange",
    FeeKind.REGULATORY: "fees.regulatory",
    FeeKind.TAX: "fees.tax",
    FeeKind.STAMP_DUTY: "fees.stampDuty",
    FeeKind.OTHER: "fees.other",
}


@dataclass(frozen=True, slots=True)
class ExportedRow:
    """One row: a cell for each column of the export, without text where there is no value."""

    columns: Columns
    record: Record

    def cell(self, name: str) -> Cell:
        """Return the cell of a number, a date or a word of ours."""
        cell = self.columns.cell(self.record, name)
        return Cell(cell.column, cell.text.strip())

    def text(self, name: str) -> str | None:
        """Return what somebody typed: without the apostrophe that the export put in front; a bare one is no text."""
        cell = self.columns.cell(self.record, name)
        if not cell.text:
            return None
        return cell.text.removeprefix("'")


def parse(columns: Columns, record: Record) -> ExportedRow:
    """Return the row's cells; a column that the file lacks is empty."""
    return ExportedRow(columns, record)

"""Takes a report apart into its two tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.ledger.imports.delimited.cells import Columns
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.delimited.sheet import TableRow, is_header
from adapters.ledger.imports.format import problem_row
from adapters.ledger.imports.vanguard.recognise import CASH, INVESTMENTS
from domain.ledger.imports.judging import ReadRow
from domain.ledger.imports.verdict import Ignored


@dataclass(slots=True)
class Report:
    """The rows of both tables, and what became of the other lines."""

    cash: list[TableRow] = field(default_factory=list[TableRow])
    investments: list[TableRow] = field(default_factory=list[TableRow])
    others: list[ReadRow] = field(default_factory=list[ReadRow])


def parse(records: Iterable[Record]) -> Report:
    """Return the report; a line with a single cell is a title, one that begins with `Balance` or `Cost` a sum."""
    report = Report()
    rows, columns = report.cash, Columns(())
    for record in records:
        if record.problem is not None:
            report.others.append(problem_row(record))
        elif is_header(record, CASH):
            rows, columns = report.cash, Columns(record.cells)
        elif is_header(record, INVESTMENTS):
            rows, columns = report.investments, Columns(record.cells)
        elif sum(map(bool, record.cells)) == 1 or not columns.names:
            report.others.append(ReadRow(record.line, Ignored("A heading.")))
        elif record.cells[0] in {"Balance", "Cost"}:
            report.others.append(ReadRow(record.line, Ignored("It adds up the rows above.")))
        else:
            rows.append(TableRow(columns, record))
    return report

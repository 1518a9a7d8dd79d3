"""Vanguard's report of cash and investments of its British accounts, as CSV or workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from adapters.ledger.imports.vanguard.recognise import recognises
from adapters.ledger.imports.vanguard.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class VanguardReport(SectionedFormat):
    """Two tables below one another: what moved the cash, and what was bought and sold."""

    @property
    def name(self) -> str:
        """`vanguard`."""
        return "vanguard"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the file begins as one of these."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows; a trade's line of cash is part of the trade."""
        del context  # the currency and the clock are known
        return rows(records)

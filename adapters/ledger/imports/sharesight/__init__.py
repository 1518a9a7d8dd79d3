"""Sharesight's report of all trades, as CSV or workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from adapters.ledger.imports.sharesight.recognise import recognises
from adapters.ledger.imports.sharesight.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class SharesightTrades(SectionedFormat):
    """Trades of any market, in its currency; cash is not kept there."""

    @property
    def name(self) -> str:
        """`sharesight`."""
        return "sharesight"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the file begins as one of these."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows."""
        return rows(records, context)

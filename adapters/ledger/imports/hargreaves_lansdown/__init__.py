"""Hargreaves Lansdown's summary of transactions, as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from adapters.ledger.imports.hargreaves_lansdown.recognise import recognises
from adapters.ledger.imports.hargreaves_lansdown.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class HargreavesLansdownSummary(SectionedFormat):
    """Prices are in pence, values in pounds; days are London's."""

    @property
    def name(self) -> str:
        """`hargreaves_lansdown`."""
        return "hargreaves_lansdown"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the file begins as one of these."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows."""
        del context  # the currency and the clock are known
        return rows(records)

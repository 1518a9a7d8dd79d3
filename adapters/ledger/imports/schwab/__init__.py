"""Charles Schwab's history of a brokerage account, as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from adapters.ledger.imports.schwab.recognise import recognises
from adapters.ledger.imports.schwab.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class SchwabHistory(SectionedFormat):
    """The history of transactions; amounts are dollars, days are New York's."""

    @property
    def name(self) -> str:
        """`schwab`."""
        return "schwab"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the header is a history's."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows; a split's ratio is told by what the file has bought before it."""
        del context  # Schwab's currency and clock are known
        return rows(records)

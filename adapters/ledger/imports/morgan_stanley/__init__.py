"""Morgan Stanley's reports of releases and withdrawals of shares that an employer gave, as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from adapters.ledger.imports.morgan_stanley.recognise import recognises
from adapters.ledger.imports.morgan_stanley.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class MorganStanleyReports(SectionedFormat):
    """Either report; amounts are dollars, days New York's."""

    @property
    def name(self) -> str:
        """`morgan_stanley`."""
        return "morgan_stanley"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the file begins as one of these."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows."""
        del context  # the currency and the clock are known
        return rows(records)

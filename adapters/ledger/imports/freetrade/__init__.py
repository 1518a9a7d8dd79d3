"""Freetrade's feed of activity, as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from adapters.ledger.imports.freetrade.recognise import recognises
from adapters.ledger.imports.freetrade.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class FreetradeActivity(SectionedFormat):
    """The feed in its older and its newer layout; its clock is UTC."""

    @property
    def name(self) -> str:
        """`freetrade`."""
        return "freetrade"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the file begins as one of these."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows."""
        return rows(records, context.account_currency)

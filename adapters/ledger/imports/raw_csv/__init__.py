"""Plain transactions, one to a row: date, action, symbol, quantity, price, fees, currency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from adapters.ledger.imports.raw_csv.recognise import recognises
from adapters.ledger.imports.raw_csv.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class RawTransactions(SectionedFormat):
    """What people write themselves; days are the account's."""

    @property
    def name(self) -> str:
        """`raw_csv`."""
        return "raw_csv"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the file begins as one of these."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows; a split's ratio is told by what the file has bought before it."""
        return rows(records, context.account_zone)

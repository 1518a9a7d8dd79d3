"""Interactive Brokers' activity statements and transaction histories as CSV: many tables below one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from adapters.ledger.imports.ib_activity.recognise import recognises
from adapters.ledger.imports.ib_activity.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class IbActivityStatement(SectionedFormat):
    """A statement in English; its clock is New York's, whatever the account's."""

    @property
    def name(self) -> str:
        """`ib_activity`."""
        return "ib_activity"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the file begins with the table that describes the statement."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows of all tables; those that only inform are ignored, a table at a time."""
        return rows(records, context.account_currency)

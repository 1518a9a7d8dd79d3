"""Trading 212's history of orders and of the account, as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from adapters.ledger.imports.trading_212.recognise import recognises
from adapters.ledger.imports.trading_212.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class Trading212History(SectionedFormat):
    """The history in all its layouts since 2020; its clock is UTC."""

    @property
    def name(self) -> str:
        """`trading_212`."""
        return "trading_212"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the header is a history's."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows; the two halves of a split become one action."""
        return rows(records, context.account_currency)

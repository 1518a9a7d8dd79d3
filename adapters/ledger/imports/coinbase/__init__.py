"""Coinbase's history of transactions, as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.coinbase.recognise import recognises
from adapters.ledger.imports.coinbase.translate import rows
from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class CoinbaseHistory(SectionedFormat):
    """The history in its layouts since 2019; its clock is UTC."""

    @property
    def name(self) -> str:
        """`coinbase`."""
        return "coinbase"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the header is there."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows."""
        return rows(records, context.account_currency)

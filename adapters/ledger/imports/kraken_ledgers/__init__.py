"""Kraken's ledgers, as CSV: every change of a balance in a row of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from adapters.ledger.imports.kraken_ledgers.recognise import recognises
from adapters.ledger.imports.kraken_ledgers.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class KrakenLedgers(SectionedFormat):
    """The ledgers of a spot account; the clock is UTC."""

    @property
    def name(self) -> str:
        """`kraken_ledgers`."""
        return "kraken_ledgers"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the header is there."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows; those of one reference are one trade."""
        return rows(records, context.account_currency)

"""Kraken's history of trades, as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

from adapters.ledger.imports.delimited.records import Record
from adapters.ledger.imports.format import SectionedFormat
from adapters.ledger.imports.kraken_trades.recognise import recognises
from adapters.ledger.imports.kraken_trades.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class KrakenTrades(SectionedFormat):
    """Trades of a spot account; the clock is UTC."""

    @property
    def name(self) -> str:
        """`kraken_trades`."""
        return "kraken_trades"

    def recognises(self, head: Sequence[Record]) -> bool:
        """Tell whether the header is there."""
        return recognises(head)

    def read(self, records: Iterator[Record], context: FileContext) -> Iterator[ReadRow]:
        """Return the rows."""
        return rows(records, context.account_currency)

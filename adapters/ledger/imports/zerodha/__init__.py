"""Zerodha Console tradebooks: equity, futures and options, currency, commodity and mutual funds."""

from __future__ import annotations

from typing import final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.delimited.cells import Columns, Translate
from adapters.ledger.imports.format import Format
from adapters.ledger.imports.zerodha.parse import parse
from adapters.ledger.imports.zerodha.recognise import recognises
from adapters.ledger.imports.zerodha.translate import translate
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.mapping import ColumnMapping
from domain.ledger.imports.tradebook_import import Reading


@final
class ZerodhaTradebook(Format):
    """The tradebook that Zerodha's Console exports as CSV; its clock is India's, whatever the account's."""

    @property
    def name(self) -> str:
        """`zerodha`."""
        return "zerodha"

    def recognises(self, layout: Layout, mapping: ColumnMapping | None) -> bool:
        """Tell whether the header has a tradebook's columns; a mapping asks for a generic file instead."""
        return mapping is None and recognises(layout.columns)

    def translator(self, reading: Reading, account_zone: ZoneInfo) -> Translate:
        """Return the translation of one record."""
        del account_zone  # Zerodha writes India's time
        columns = Columns(reading.layout.columns)
        return lambda record: translate(parse(columns, record))

"""Trades as this ledger exports them, read back without loss."""

from __future__ import annotations

from typing import final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.delimited.cells import Columns, Translate
from adapters.ledger.imports.format import Format
from adapters.ledger.imports.tapedeck.parse import parse
from adapters.ledger.imports.tapedeck.recognise import recognises
from adapters.ledger.imports.tapedeck.translate import translate
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.mapping import ColumnMapping
from domain.ledger.imports.tradebook_import import Reading


@final
class TapedeckTrades(Format):
    """The CSV of `/exports/trades`; its times are UTC, whatever the account's zone."""

    @property
    def name(self) -> str:
        """`tapedeck`."""
        return "tapedeck"

    @property
    def verbatim(self) -> bool:
        """Notes keep the blanks around them."""
        return True

    def recognises(self, layout: Layout, mapping: ColumnMapping | None) -> bool:
        """Tell whether the header is an export's; a mapping asks for a generic file instead."""
        return mapping is None and recognises(layout.columns)

    def translator(self, reading: Reading, account_zone: ZoneInfo) -> Translate:
        """Return the translation of one record."""
        del account_zone  # an export writes UTC
        columns = Columns(reading.layout.columns)
        return lambda record: translate(parse(columns, record))

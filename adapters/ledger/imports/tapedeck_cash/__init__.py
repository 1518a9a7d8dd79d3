"""Movements of cash as this ledger exports them, read back without loss."""

from __future__ import annotations

from typing import Final, final
from zoneinfo import ZoneInfo

from adapters.ledger.imports.delimited.cells import Columns, Translate
from adapters.ledger.imports.format import Format
from adapters.ledger.imports.tapedeck.parse import parse
from adapters.ledger.imports.tapedeck_cash.translate import translate
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.mapping import ColumnMapping
from domain.ledger.imports.tradebook_import import Reading

_REQUIRED: Final = frozenset(
    {"cashMovementId", "accountId", "kind", "amount", "taxWithheld", "net", "currency", "occurredAt", "counterpartId"}
)


@final
class TapedeckCash(Format):
    """The CSV of `/exports/cash-movements`; its times are UTC, whatever the account's zone."""

    @property
    def name(self) -> str:
        """`tapedeck_cash`."""
        return "tapedeck_cash"

    @property
    def verbatim(self) -> bool:
        """Notes keep the blanks around them."""
        return True

    def recognises(self, layout: Layout, mapping: ColumnMapping | None) -> bool:
        """Tell whether the header is an export's; a mapping asks for a generic file instead."""
        return mapping is None and set(layout.columns) >= _REQUIRED

    def translator(self, reading: Reading, account_zone: ZoneInfo) -> Translate:
        """Return the translation of one record."""
        del account_zone  # an export writes UTC
        columns = Columns(reading.layout.columns)
        return lambda record: translate(parse(columns, record))

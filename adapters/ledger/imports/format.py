"""What a format of tradebooks provides."""

from __future__ import annotations

from typing import Protocol
from zoneinfo import ZoneInfo

from adapters.ledger.imports.delimited.cells import Translate
from domain.ledger.imports.layout import Layout
from domain.ledger.imports.mapping import ColumnMapping
from domain.ledger.imports.tradebook_import import Reading


class Format(Protocol):
    """One kind of file: recognises its header and turns its records into fills."""

    @property
    def name(self) -> str:
        """The name under which users ask for the format."""
        ...

    def recognises(self, layout: Layout, mapping: ColumnMapping | None) -> bool:
        """Tell whether the header is this format's; a format that needs a mapping knows nothing without one."""
        ...

    def translator(self, reading: Reading, account_zone: ZoneInfo) -> Translate:
        """Return the function that turns a record into a fill, or says what is wrong with it."""
        ...

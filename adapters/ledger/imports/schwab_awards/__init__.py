"""Charles Schwab's Equity Awards Center: shares that vested, were bought under a plan or sold, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from adapters.ledger.imports.format import JsonFormat
from adapters.ledger.imports.schwab_awards.recognise import recognises
from adapters.ledger.imports.schwab_awards.translate import rows
from application.ledger.imports.format_ports import FileContext
from domain.ledger.imports.judging import ReadRow


@final
class SchwabEquityAwards(JsonFormat):
    """The history of awards as the site's own pages load it, and as its export writes it since 2023."""

    @property
    def name(self) -> str:
        """`schwab_awards`."""
        return "schwab_awards"

    def recognises(self, members: frozenset[str]) -> bool:
        """Tell whether the document is a history of awards."""
        return recognises(members)

    def read(self, content: bytes, context: FileContext) -> Iterator[ReadRow]:
        """Return the rows, a transaction at a time."""
        del context  # Schwab's currency and clock are known
        return rows(content)

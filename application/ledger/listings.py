"""What the ledger asks of the directory of listings: what the market knows of an instrument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.shared.instrument import InstrumentKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedView:
    """What is listed under an instrument's symbol; `renamed_to` is the symbol that it has gone by since."""

    symbol: str
    name: str
    currency: str | None
    isin: str | None
    figi: str | None
    delisted_on: date | None
    renamed_to: str | None


class InstrumentListings(Protocol):
    """Knows what is listed."""

    async def listing(self, key: InstrumentKey) -> ListedView | None:
        """Return the listing of an instrument; None where none is known, as for contracts."""
        ...

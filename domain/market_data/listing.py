"""Listings: what is, or was, traded where, under which name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from domain.market_data.identifier import is_figi, is_isin
from domain.market_data.ticker import Ticker
from domain.shared.errors import Invalid
from domain.shared.money import Currency
from domain.shared.text import check_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Something with a price, by its ticker. `provider_symbols` are what providers call it where rules cannot tell.

    `delisted_on` is the first day it no longer traded; `renamed_to` is the ticker it has gone by since.
    """

    ticker: Ticker
    name: str
    currency: Currency | None = None
    isin: str | None = None
    figi: str | None = None
    provider_symbols: dict[str, str] = field(default_factory=dict[str, str])
    delisted_on: date | None = None
    renamed_to: Ticker | None = None

    def __post_init__(self) -> None:
        check_line(self.name, "name", 256)
        if self.isin is not None and not is_isin(self.isin):
            raise Invalid(f"{self.isin[:24]!r} is not an ISIN: its check digit is wrong.", field="isin")
        if self.figi is not None and not is_figi(self.figi):
            raise Invalid(f"{self.figi[:24]!r} is not a FIGI: its check digit is wrong.", field="figi")

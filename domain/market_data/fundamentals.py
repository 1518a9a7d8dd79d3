"""What a company is and reports: its profile, and figures by the names they are reported under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.market_data.provenance import Provenance
from domain.market_data.ticker import Ticker
from domain.shared.money import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Fundamentals:
    """A company by its own reports; None is not said.

    `figures` are amounts in `currency`, ratios and counts of units under snake-case names such as `market_cap`,
    `price_to_earnings`, `earnings_per_share`, `dividend_yield` (a fraction), `shares_outstanding`, `revenue`.
    """

    ticker: Ticker
    name: str
    currency: Currency | None
    provenance: Provenance
    sector: str | None = None
    industry: str | None = None
    country: str | None = None
    website: str | None = None
    description: str | None = None
    fiscal_period_end: date | None = None
    figures: Mapping[str, Decimal]

"""What is announced on days known beforehand: what companies have earned, and how economies fare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from domain.market_data.provenance import Provenance
from domain.market_data.ticker import Ticker


class Hour(StrEnum):
    """When on its day a company reports, by the hours of its exchange."""

    BEFORE_OPEN = "before_open"
    DURING_MARKET = "during_market"
    AFTER_CLOSE = "after_close"


class Impact(StrEnum):
    """How much a figure usually moves markets."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningsReport:
    """A company's report of a day; what is not said, or not yet known, is None.

    Earnings are per share, and both they and revenue in the currency in which the company reports.
    """

    ticker: Ticker
    day: date
    provenance: Provenance
    name: str | None = None
    hour: Hour | None = None
    fiscal_period_end: date | None = None
    fiscal_year: int | None = None
    fiscal_quarter: int | None = None
    earnings_estimate: Decimal | None = None
    earnings: Decimal | None = None
    revenue_estimate: Decimal | None = None
    revenue: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EconomicRelease:
    """A figure that an office publishes at an instant; `country` is the code of ISO 3166, or EU.

    `actual`, `estimate` and `previous` are in `unit`, in the words of the provider; None is not said or not yet known.
    """

    at: datetime
    country: str
    name: str
    provenance: Provenance
    impact: Impact | None = None
    unit: str | None = None
    actual: Decimal | None = None
    estimate: Decimal | None = None
    previous: Decimal | None = None

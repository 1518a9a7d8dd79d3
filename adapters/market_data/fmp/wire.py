"""What Financial Modeling Prep sends: bare lists of these."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct


class QuoteRow(Struct, frozen=True, rename="camel"):
    """One of /quote and /batch-quote."""

    symbol: str
    price: Decimal | None = None
    name: str | None = None
    timestamp: int | None = None
    previous_close: Decimal | None = None
    open: Decimal | None = None
    day_high: Decimal | None = None
    day_low: Decimal | None = None
    volume: Decimal | None = None
    market_cap: Decimal | None = None


class BarRow(Struct, frozen=True, rename="camel"):
    """One of /historical-price-eod/non-split-adjusted: in spite of their names, prices as they were traded."""

    date: str
    adj_open: Decimal
    adj_high: Decimal
    adj_low: Decimal
    adj_close: Decimal
    volume: Decimal | None = None


class SplitRow(Struct, frozen=True):
    """One of /splits: so many for so many."""

    date: str
    numerator: Decimal
    denominator: Decimal


class DividendRow(Struct, frozen=True):
    """One of /dividends: for a unit of its day."""

    date: str
    dividend: Decimal


class Found(Struct, frozen=True):
    """One of /search-symbol."""

    symbol: str
    name: str | None = None
    currency: str | None = None
    exchange: str | None = None


class Profile(Struct, frozen=True, rename="camel"):
    """One of /profile."""

    symbol: str
    company_name: str | None = None
    currency: str | None = None
    market_cap: Decimal | None = None
    beta: Decimal | None = None
    sector: str | None = None
    industry: str | None = None
    country: str | None = None
    website: str | None = None
    description: str | None = None


class Income(Struct, frozen=True, rename="camel"):
    """One of /income-statement, of a fiscal year."""

    date: str
    revenue: Decimal | None = None
    ebitda: Decimal | None = None
    net_income: Decimal | None = None
    eps: Decimal | None = None


class Mover(Struct, frozen=True):
    """One of /biggest-gainers and /biggest-losers."""

    symbol: str
    price: Decimal
    change: Decimal
    name: str | None = None


class Earnings(Struct, frozen=True, rename="camel"):
    """One of /earnings-calendar."""

    symbol: str
    date: str
    eps_actual: Decimal | None = None
    eps_estimated: Decimal | None = None
    revenue_actual: Decimal | None = None
    revenue_estimated: Decimal | None = None


class Release(Struct, frozen=True):
    """One of /economic-calendar; its time is in UTC."""

    date: str
    country: str
    event: str
    impact: str | None = None
    unit: str | None = None
    actual: Decimal | None = None
    estimate: Decimal | None = None
    previous: Decimal | None = None

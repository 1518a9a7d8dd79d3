"""What goes over the wire for what companies and offices announce."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from domain.market_data.announcement import EarningsReport, EconomicRelease, Hour, Impact
from entrypoints.http.market_data.provenance_schemas import ProvenanceBody, provenance_body
from entrypoints.http.types import AmountText, DateText, Instant, decimal_text


class EarningsBody(Struct, rename="camel", kw_only=True):
    """A company's report; what is not said, or not yet known, is null."""

    symbol: Annotated[str, Meta(examples=["NASDAQ:AAPL"])]
    name: Annotated[str | None, Meta(examples=["Apple Inc."])]
    date: Annotated[DateText, Meta(description="The day of the report, by the company's exchange.")]
    hour: Annotated[Hour | None, Meta(description="When on that day.")]
    fiscal_period_end: DateText | None
    fiscal_year: Annotated[int | None, Meta(examples=[2026])]
    fiscal_quarter: Annotated[int | None, Meta(examples=[1])]
    earnings_estimate: Annotated[AmountText | None, Meta(description="What analysts expect, per share.")]
    earnings: Annotated[AmountText | None, Meta(description="What was reported, per share.")]
    revenue_estimate: AmountText | None
    revenue: AmountText | None
    provenance: ProvenanceBody


class ReleaseBody(Struct, rename="camel", kw_only=True):
    """A figure that an office publishes; what is not said, or not yet known, is null."""

    at: Annotated[Instant, Meta(description="When it is published.")]
    country: Annotated[str, Meta(description="A code of ISO 3166, or EU.", examples=["US"])]
    name: Annotated[str, Meta(examples=["Nonfarm Payrolls"])]
    impact: Annotated[Impact | None, Meta(description="How much it usually moves markets.")]
    unit: Annotated[str | None, Meta(description="What the numbers count, in the provider's words.", examples=["%"])]
    actual: AmountText | None
    estimate: AmountText | None
    previous: AmountText | None
    provenance: ProvenanceBody


def earnings_body(report: EarningsReport) -> EarningsBody:
    """Render a company's report."""
    return EarningsBody(
        symbol=str(report.ticker),
        name=report.name,
        date=report.day.isoformat(),
        hour=report.hour,
        fiscal_period_end=None if report.fiscal_period_end is None else report.fiscal_period_end.isoformat(),
        fiscal_year=report.fiscal_year,
        fiscal_quarter=report.fiscal_quarter,
        earnings_estimate=_text(report.earnings_estimate),
        earnings=_text(report.earnings),
        revenue_estimate=_text(report.revenue_estimate),
        revenue=_text(report.revenue),
        provenance=provenance_body(report.provenance),
    )


def release_body(release: EconomicRelease) -> ReleaseBody:
    """Render a figure that an office publishes."""
    return ReleaseBody(
        at=release.at,
        country=release.country,
        name=release.name,
        impact=release.impact,
        unit=release.unit,
        actual=_text(release.actual),
        estimate=_text(release.estimate),
        previous=_text(release.previous),
        provenance=provenance_body(release.provenance),
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)

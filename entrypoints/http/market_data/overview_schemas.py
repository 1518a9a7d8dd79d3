"""What goes over the wire for the market as a whole: indices, movers, trends and companies."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from application.market_data.read_indices import IndexView
from domain.market_data.asset_class import AssetClass
from domain.market_data.fundamentals import Fundamentals
from domain.market_data.movement import Trend
from entrypoints.http.market_data.provenance_schemas import ProvenanceBody, provenance_body
from entrypoints.http.market_data.quote_schemas import QuoteBody, quote_body
from entrypoints.http.types import AmountText, CurrencyText, DateText, decimal_text


class IndexBody(Struct, rename="camel", kw_only=True):
    """An index, and where it stands."""

    symbol: Annotated[str, Meta(examples=["^GSPC"])]
    name: Annotated[str, Meta(examples=["S&P 500"])]
    country: Annotated[str, Meta(description="Where its shares trade: a code of ISO 3166, or EU.", examples=["US"])]
    quote: Annotated[QuoteBody | None, Meta(description="Null where it cannot be told now; `missing` says why.")]
    missing: Annotated[
        str | None,
        Meta(description="Why there is no quote: `not_found`, or that no provider answers.", examples=["not_found"]),
    ]


class TrendBody(Struct, rename="camel", kw_only=True):
    """Something that many look at."""

    rank: Annotated[int, Meta(ge=1, examples=[1])]
    symbol: Annotated[str, Meta(examples=["NASDAQ:NVDA"])]
    name: Annotated[str, Meta(examples=["NVIDIA Corporation"])]
    asset_class: AssetClass
    provenance: ProvenanceBody


class FundamentalsBody(Struct, rename="camel", kw_only=True):
    """A company by its reports; what is not said is null, or is no member of `figures`."""

    symbol: Annotated[str, Meta(examples=["NASDAQ:AAPL"])]
    name: Annotated[str, Meta(examples=["Apple Inc."])]
    currency: Annotated[CurrencyText | None, Meta(description="What the amounts in `figures` are in.")]
    sector: Annotated[str | None, Meta(examples=["Technology"])]
    industry: Annotated[str | None, Meta(examples=["Consumer Electronics"])]
    country: Annotated[str | None, Meta(examples=["United States"])]
    website: Annotated[
        str | None, Meta(description="As the provider says; not followed.", examples=["https://apple.com"])
    ]
    description: Annotated[str | None, Meta(description="Plain text of the provider.", examples=["Makes phones."])]
    fiscal_period_end: Annotated[DateText | None, Meta(description="The last day of the latest period reported.")]
    figures: Annotated[
        dict[str, AmountText],
        Meta(
            description="By name, such as `market_cap`, `price_to_earnings`, `earnings_per_share`, `dividend_yield` "
            "(a fraction), `shares_outstanding`, `revenue`.",
            examples=[{"market_cap": "3500000000000", "price_to_earnings": "35.1"}],
        ),
    ]
    provenance: ProvenanceBody


def index_body(view: IndexView) -> IndexBody:
    """Render an index."""
    code = "not_found" if view.why is None else view.why.code
    return IndexBody(
        symbol=str(view.index.ticker),
        name=view.index.name,
        country=view.index.country,
        quote=None if view.quote is None else quote_body(view.quote),
        missing=code if view.quote is None else None,
    )


def trend_body(trend: Trend) -> TrendBody:
    """Render something that many look at."""
    return TrendBody(
        rank=trend.rank,
        symbol=str(trend.ticker),
        name=trend.name,
        asset_class=trend.ticker.asset_class,
        provenance=provenance_body(trend.provenance),
    )


def fundamentals_body(company: Fundamentals) -> FundamentalsBody:
    """Render a company."""
    return FundamentalsBody(
        symbol=str(company.ticker),
        name=company.name,
        currency=None if company.currency is None else company.currency.code,
        sector=company.sector,
        industry=company.industry,
        country=company.country,
        website=company.website,
        description=company.description,
        fiscal_period_end=None if company.fiscal_period_end is None else company.fiscal_period_end.isoformat(),
        figures={name: decimal_text(value) for name, value in company.figures.items()},
        provenance=provenance_body(company.provenance),
    )

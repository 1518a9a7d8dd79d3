"""What goes over the wire for exchange rates."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.ledger.exchange import Rate, RateKey, RateSource
from entrypoints.http.types import AmountText, CurrencyText, DateText, decimal_text


class PivotBody(Struct, rename="camel", kw_only=True):
    """What the source published: one unit of `currency` in both currencies of the rate."""

    currency: CurrencyText
    in_base: Annotated[AmountText, Meta(examples=["0.86645"])]
    in_quote: Annotated[AmountText, Meta(examples=["1.0956"])]


class ExchangeRateBody(Struct, rename="camel", kw_only=True):
    """What one unit of `base` was worth in `quote`."""

    base: Annotated[CurrencyText, Meta(examples=["GBP"])]
    quote: CurrencyText
    date: Annotated[DateText, Meta(description="The day it was wanted for.")]
    rate: Annotated[
        AmountText,
        Meta(
            description="Units of `quote` for one of `base`, to 18 places, half-even.", examples=["1.2644699636447574"]
        ),
    ]
    published_on: Annotated[
        DateText, Meta(description="The day of the rate: `date`, or the last before it with a rate.")
    ]
    source: Annotated[RateSource, Meta(description="Who says so; `same_currency` is a currency in itself.")]
    pivot: Annotated[PivotBody, Meta(description="What it is computed from: rate = inQuote / inBase.")]


def exchange_rate_body(key: RateKey, rate: Rate) -> ExchangeRateBody:
    """Render the rate for what was asked."""
    return ExchangeRateBody(
        base=rate.base.code,
        quote=rate.quote.code,
        date=key.day.isoformat(),
        rate=decimal_text(rate.value),
        published_on=rate.day.isoformat(),
        source=rate.source,
        pivot=PivotBody(
            currency=rate.pivot.code, in_base=decimal_text(rate.in_base), in_quote=decimal_text(rate.in_quote)
        ),
    )

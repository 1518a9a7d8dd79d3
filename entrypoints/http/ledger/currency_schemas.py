"""What goes over the wire for exchange rates, and for profit and loss in another currency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from domain.ledger.conversion import Converted, Effects, Unconverted
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


class UnconvertedBody(Struct, rename="camel", kw_only=True):
    """Gains that are in no converted sum, because a day had no rate; in their own currency."""

    currency: CurrencyText
    date: Annotated[DateText, Meta(description="The day without a rate.")]
    gain: AmountText


class ConvertedGainBody(Struct, rename="camel", kw_only=True):
    """A gain in another currency: amount = priceEffect + currencyEffect, exactly."""

    amount: AmountText
    price_effect: Annotated[
        AmountText, Meta(description="The gain in its own currency at the rate of the day of its end.")
    ]
    currency_effect: Annotated[
        AmountText, Meta(description="What was put in, times the change of the rate until that day.")
    ]
    unconverted: Annotated[list[UnconvertedBody], Meta(description="What had a day without a rate: in no sum.")]


class RatesUsedBody(Struct, rename="camel", kw_only=True):
    """Which rates went into the sums; each is in the explanation."""

    source: RateSource
    count: Annotated[int, Meta(ge=1, examples=[12])]
    first: Annotated[DateText, Meta(description="The first day on which one of them was published.")]
    last: Annotated[DateText, Meta(description="The last day on which one of them was published.")]


class ConvertedPnlBody(Struct, rename="camel", kw_only=True):
    """Profit and loss told in another currency, each amount at the rate of the day on which it moved."""

    currency: CurrencyText
    realised: ConvertedGainBody
    unrealised: ConvertedGainBody
    rates: Annotated[list[RatesUsedBody], Meta(description="Empty for a currency in itself.")]


def converted_pnl_body(converted: Converted) -> ConvertedPnlBody:
    """Render profit and loss in another currency."""
    base = converted.base.code
    return ConvertedPnlBody(
        currency=converted.quote.code,
        realised=_gain(converted.realised, base, converted.realised_unconverted),
        unrealised=_gain(converted.unrealised, base, converted.unrealised_unconverted),
        rates=[
            RatesUsedBody(
                source=used.source, count=used.number, first=used.first.isoformat(), last=used.last.isoformat()
            )
            for used in converted.rates
        ],
    )


def _gain(effects: Effects, base: str, apart: Sequence[Unconverted]) -> ConvertedGainBody:
    return ConvertedGainBody(
        amount=decimal_text(effects.amount),
        price_effect=decimal_text(effects.price),
        currency_effect=decimal_text(effects.currency),
        unconverted=[
            UnconvertedBody(currency=base, date=each.day.isoformat(), gain=decimal_text(each.gain)) for each in apart
        ],
    )

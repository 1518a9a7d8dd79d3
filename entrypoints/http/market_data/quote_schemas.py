"""What goes over the wire for quotes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from application.market_data.read_quotes import Missing, QuotesView
from domain.market_data.asset_class import AssetClass
from domain.market_data.quote import Quote
from entrypoints.http.market_data.provenance_schemas import ProvenanceBody, provenance_body
from entrypoints.http.types import AmountText, CurrencyText, decimal_text


class QuoteBody(Struct, rename="camel", kw_only=True):
    """What something costs now, in a whole currency; what the provider does not say is null."""

    symbol: Annotated[str, Meta(description="It reads back as the same thing.", examples=["NSE:INFY"])]
    name: Annotated[str | None, Meta(examples=["Infosys Limited"])]
    asset_class: AssetClass
    currency: CurrencyText
    price: AmountText
    previous_close: AmountText | None
    change: Annotated[AmountText | None, Meta(description="price - previousClose")]
    change_percent: Annotated[AmountText | None, Meta(description="The change in per cent of the close before.")]
    open: AmountText | None
    high: AmountText | None
    low: AmountText | None
    volume: AmountText | None
    bid: AmountText | None
    ask: AmountText | None
    bid_size: AmountText | None
    ask_size: AmountText | None
    market_cap: AmountText | None
    provenance: ProvenanceBody


class MissingBody(Struct, rename="camel", kw_only=True):
    """A symbol without an answer, and why."""

    symbol: Annotated[str, Meta(examples=["APPL"])]
    code: Annotated[
        str,
        Meta(
            pattern="^[a-z_]{3,64}$",
            description="`unknown_symbol`, or `no_provider_answers` where asking again may help.",
            examples=["unknown_symbol"],
        ),
    ]
    message: Annotated[str, Meta(examples=["There is no symbol APPL. Did you mean NASDAQ:AAPL?"])]
    suggestions: Annotated[list[str], Meta(description="Symbols that resemble it.", examples=[["NASDAQ:AAPL"]])]


class QuotesBody(Struct, rename="camel", kw_only=True):
    """Quotes of several symbols, and which of them have none."""

    quotes: list[QuoteBody]
    missing: list[MissingBody]


def quote_body(quote: Quote) -> QuoteBody:
    """Render a quote."""
    return QuoteBody(
        symbol=str(quote.ticker),
        name=quote.name,
        asset_class=quote.ticker.asset_class,
        currency=quote.currency.code,
        price=decimal_text(quote.price),
        previous_close=_text(quote.previous_close),
        change=_text(quote.change),
        change_percent=_text(quote.change_percent),
        open=_text(quote.open),
        high=_text(quote.high),
        low=_text(quote.low),
        volume=_text(quote.volume),
        bid=_text(quote.bid),
        ask=_text(quote.ask),
        bid_size=_text(quote.bid_size),
        ask_size=_text(quote.ask_size),
        market_cap=_text(quote.market_cap),
        provenance=provenance_body(quote.provenance),
    )


def quotes_body(view: QuotesView) -> QuotesBody:
    """Render quotes, and what is missing."""
    return QuotesBody(
        quotes=[quote_body(each.value) for each in view.quotes], missing=[missing_body(each) for each in view.missing]
    )


def missing_body(missing: Missing) -> MissingBody:
    """Render why there is no quote."""
    suggestions = missing.why.details.get("suggestions")
    return MissingBody(
        symbol=str(missing.ticker),
        code=missing.why.code,
        message=missing.why.message,
        suggestions=suggestions if isinstance(suggestions, list) else [],
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)

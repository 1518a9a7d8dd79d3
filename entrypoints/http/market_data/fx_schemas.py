"""What goes over the wire for live exchange rates."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.market_data.quote import Quote
from entrypoints.http.market_data.provenance_schemas import ProvenanceBody, provenance_body
from entrypoints.http.types import AmountText, CurrencyText, decimal_text


class FxRateBody(Struct, rename="camel", kw_only=True):
    """What one unit of `base` costs in `quote` now."""

    base: Annotated[CurrencyText, Meta(examples=["EUR"])]
    quote: CurrencyText
    rate: Annotated[AmountText, Meta(examples=["1.0842"])]
    provenance: ProvenanceBody


def fx_rate_body(base: str, quote: str, found: Quote) -> FxRateBody:
    """Render the quote of a pair."""
    return FxRateBody(
        base=base, quote=quote, rate=decimal_text(found.price), provenance=provenance_body(found.provenance)
    )

"""What goes over the wire for listings."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.market_data.asset_class import AssetClass
from domain.market_data.listing import Listing
from entrypoints.http.types import CurrencyText, DateText


class ListingBody(Struct, rename="camel", kw_only=True):
    """Something that is, or was, traded; what nobody said is null."""

    symbol: Annotated[str, Meta(description="It reads back as the same thing.", examples=["NSE:INFY"])]
    name: Annotated[str, Meta(examples=["Infosys Limited"])]
    asset_class: AssetClass
    exchange: Annotated[str | None, Meta(description="Its code here.", examples=["NSE"])]
    currency: CurrencyText | None
    isin: Annotated[str | None, Meta(examples=["INE009A01021"])]
    figi: Annotated[str | None, Meta(examples=["BBG000BJT4M5"])]
    delisted_on: Annotated[DateText | None, Meta(description="The first day on which it traded no more.")]
    renamed_to: Annotated[str | None, Meta(description="The symbol it has gone by since.", examples=["NASDAQ:META"])]


def listing_body(listing: Listing) -> ListingBody:
    """Render a listing."""
    return ListingBody(
        symbol=str(listing.ticker),
        name=listing.name,
        asset_class=listing.ticker.asset_class,
        exchange=listing.ticker.exchange,
        currency=None if listing.currency is None else listing.currency.code,
        isin=listing.isin,
        figi=listing.figi,
        delisted_on=None if listing.delisted_on is None else listing.delisted_on.isoformat(),
        renamed_to=None if listing.renamed_to is None else str(listing.renamed_to),
    )

"""The route of what the market knows of an instrument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec import Meta, Struct

from application.ledger.read_listing import ReadListing
from domain.shared.access import Actor
from domain.shared.ids import InstrumentId
from entrypoints.http.envelope import Success, success
from entrypoints.http.types import CurrencyText, DateText


class InstrumentListingBody(Struct, rename="camel", kw_only=True):
    """What the directory knows; what nobody said is null."""

    symbol: Annotated[str, Meta(description="As quotes and news are asked for.", examples=["NSE:INFY"])]
    name: Annotated[str, Meta(examples=["Infosys Limited"])]
    currency: CurrencyText | None
    isin: Annotated[str | None, Meta(examples=["INE009A01021"])]
    figi: Annotated[str | None, Meta(examples=["BBG000BJT4M5"])]
    delisted_on: Annotated[DateText | None, Meta(description="The first day on which it traded no more.")]
    renamed_to: Annotated[str | None, Meta(description="The symbol it has gone by since.", examples=["NASDAQ:META"])]


class InstrumentAtMarketBody(Struct, rename="camel", kw_only=True):
    """What the market knows of an instrument."""

    listing: Annotated[InstrumentListingBody | None, Meta(description="Null where nothing is known, as of contracts.")]


@get("/instruments/{instrument_id:uuid}/listing", tags=["trades"])
async def read_listing_of_instrument(
    instrument_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    read_listing: NamedDependency[ReadListing],
) -> Success[InstrumentAtMarketBody]:
    """Read what the market knows of an instrument that your trades name: its name, numbers, and what became of it."""
    found = await read_listing(actor, InstrumentId(instrument_id))
    if found is None:
        return success(InstrumentAtMarketBody(listing=None))
    return success(
        InstrumentAtMarketBody(
            listing=InstrumentListingBody(
                symbol=found.symbol,
                name=found.name,
                currency=found.currency,
                isin=found.isin,
                figi=found.figi,
                delisted_on=None if found.delisted_on is None else found.delisted_on.isoformat(),
                renamed_to=found.renamed_to,
            )
        )
    )


ROUTES: Sequence[ControllerRouterHandler] = [read_listing_of_instrument]

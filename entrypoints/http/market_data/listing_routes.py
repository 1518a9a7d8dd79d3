"""The route of the directory of listings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from application.market_data.directory.search_listings import SearchListings
from domain.market_data.asset_class import AssetClass
from domain.shared.access import Actor, Scope
from entrypoints.http.envelope import Success, cache_meta, success
from entrypoints.http.kept import same_for_everybody
from entrypoints.http.market_data.listing_schemas import ListingBody, listing_body
from entrypoints.http.types import LINE_PATTERN


@get("/market/stocks/search", tags=["market"], opt=same_for_everybody(Scope.MARKET_READ))
async def search_listings(
    actor: NamedDependency[Actor],
    search_listings: NamedDependency[SearchListings],
    words: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100, pattern=LINE_PATTERN, examples=["apple"])],
        QueryParameter(name="query", description="A symbol, a name or a part of it, an ISIN or a FIGI."),
    ],
    kind: Annotated[
        AssetClass | None, QueryParameter(name="assetClass", description="Only such; all kinds without.")
    ] = None,
    limit: Annotated[
        Annotated[int, Meta(ge=1, le=50, examples=[10])], QueryParameter(description="How many at most.")
    ] = 10,
) -> Success[list[ListingBody]]:
    """Find what is listed, best first: exactly what was typed, then what is like it; a letter or two may be wrong.

    What is delisted or goes by another symbol now comes last, and says so.
    """
    found = await search_listings(actor, words, kind, limit)
    return success([listing_body(listing) for listing in found.value], cache=cache_meta(found))


ROUTES: Sequence[ControllerRouterHandler] = [search_listings]

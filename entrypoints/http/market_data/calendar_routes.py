"""The routes of calendars: what is announced when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from application.market_data.read_earnings import ReadEarnings
from application.market_data.read_releases import ReadReleases
from domain.shared.access import Actor
from entrypoints.http.envelope import Success, cache_meta, success
from entrypoints.http.market_data.announcement_schemas import (
    EarningsBody,
    ReleaseBody,
    earnings_body,
    release_body,
)
from entrypoints.http.market_data.country_texts import CountryText
from entrypoints.http.market_data.texts import SymbolsText, to_tickers
from entrypoints.http.types import DateText, to_date

_First = Annotated[DateText | None, QueryParameter(name="from", description="The first day; today without.")]
_Last = Annotated[DateText | None, QueryParameter(name="to", description="The last day; a week is told without.")]


@get("/market/calendar/earnings", tags=["market"])
async def list_earnings(
    actor: NamedDependency[Actor],
    read_earnings: NamedDependency[ReadEarnings],
    first: _First = None,
    last: _Last = None,
    symbols: Annotated[SymbolsText | None, QueryParameter(description="Only these companies.")] = None,
) -> Success[list[EarningsBody]]:
    """List when companies report, and what they reported, at most for a quarter.

    A symbol without an exchange means that of any exchange.
    """
    tickers = () if symbols is None else to_tickers(symbols)
    found = await read_earnings(actor, _day(first, "from"), _day(last, "to"), tickers)
    return success([earnings_body(each) for each in found.value], cache=cache_meta(found))


@get("/market/calendar/economic", tags=["market"])
async def list_economic_releases(
    actor: NamedDependency[Actor],
    read_releases: NamedDependency[ReadReleases],
    first: _First = None,
    last: _Last = None,
    country: Annotated[
        Annotated[list[CountryText], Meta(max_length=20)] | None,
        QueryParameter(description="Only those of these countries; several are given by repeating it."),
    ] = None,
) -> Success[list[ReleaseBody]]:
    """List when figures of economies are published, and what they were, at most for a quarter.

    Days are those of UTC.
    """
    found = await read_releases(actor, _day(first, "from"), _day(last, "to"), country or ())
    return success([release_body(each) for each in found.value], cache=cache_meta(found))


def _day(text: str | None, field: str) -> date | None:
    return None if text is None else to_date(text, field)


ROUTES: Sequence[ControllerRouterHandler] = [list_earnings, list_economic_releases]

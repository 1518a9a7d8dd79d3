"""What the container of market data makes for the market as a whole: who is asked for what, and what is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from adapters.market_data.offers import Offer, chains_for
from adapters.platform.settings import Settings
from application.market_data.asking import Asking
from application.market_data.shelves import OverviewLifetimes
from application.shared.cache import Cache

S = TypeVar("S")


def asking(
    capability: str, source_of: Callable[[Offer], S | None]
) -> Callable[[Sequence[Offer], Cache, Settings], Asking[S]]:
    """Return what makes the asking of a capability: of those providers that have it, in their order."""

    def make(offers: Sequence[Offer], cache: Cache, settings: Settings) -> Asking[S]:
        chains = chains_for(capability, offers, settings.market_data, source_of)
        return Asking(chains, cache, settings.market_data.lifetimes.unknown_s)

    return make


def lifetimes(settings: Settings) -> OverviewLifetimes:
    """Return how long what is kept is good."""
    told = settings.market_data.lifetimes
    return OverviewLifetimes(
        coins=told.coin_s,
        top_coins=told.top_coins_s,
        coin_history=told.history_s,
        coin_search=told.search_s,
        movers=told.movers_s,
        trending=told.trends_s,
        fundamentals=told.fundamentals_s,
        calendars=told.calendar_s,
        stale=told.stale_s,
    )

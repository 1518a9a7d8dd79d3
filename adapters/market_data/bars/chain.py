"""The chains of bars, with the store in front of each provider: a history once told needs nobody any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from adapters.market_data.bars.local import LocalBars
from adapters.market_data.offers import Offer, chains_for
from adapters.market_data.settings import MarketDataSettings
from application.market_data.bar_store import BarStore
from application.market_data.calendars import TradingCalendar
from application.market_data.chains import Chains
from application.market_data.ports import BarSource
from application.market_data.stored_bars import StoredBars
from application.shared.ports import Clock


def bar_chains(
    offers: Sequence[Offer], settings: MarketDataSettings, store: BarStore, calendar: TradingCalendar, clock: Clock
) -> Chains[BarSource]:
    """Return the chains: a provider is asked only for what is not kept of it, and what can still change."""
    fresh_for = timedelta(seconds=settings.lifetimes.history_s)

    def bars(offer: Offer) -> BarSource | None:
        if offer.bars is None:
            return None
        if offer.is_local:
            return LocalBars(offer.name, offer.bars, store)
        return StoredBars(offer.name, offer.bars, store, calendar, clock, fresh_for)

    return chains_for("bars", offers, settings, bars)

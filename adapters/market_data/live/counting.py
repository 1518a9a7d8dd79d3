"""Puts what a process hears among the numbers that can be seen from outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import final

from adapters.platform.telemetry.metrics import Metrics
from application.market_data.live.ports import FeedHealth
from application.market_data.live.tick_desk import TickDesk


@final
class FeedCounts:
    """Counts by what has come since it last looked."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics.feeds
        self._told: dict[str, int] = {}
        self._reconnects: dict[str, int] = {}

    def tell(self, feeds: Iterable[FeedHealth], desk: TickDesk, standing_in: Mapping[str, int], untold: int) -> None:
        """Take the numbers as they are now: also for how many symbols each feed stands in, and how many none tells."""
        self._metrics.untold.set(untold)
        for provider, symbols in standing_in.items():
            self._metrics.standing_in.labels(provider).set(symbols)
        totals = {"published": desk.ticks, "regressed": desk.regressed, "repeated": desk.repeated}
        for outcome, total in totals.items():
            self._metrics.ticks.labels(outcome).inc(total - self._told.get(outcome, 0))
        unstored = self._told.get("unstored", 0)
        self._metrics.ticks.labels("unstored").inc(desk.unstored - unstored)
        self._told = {**totals, "unstored": desk.unstored}
        for feed in feeds:
            self._metrics.alive.labels(feed.provider).set(feed.is_alive)
            self._metrics.symbols.labels(feed.provider).set(feed.followed)
            self._metrics.tick_age.labels(feed.provider).set(feed.silent_s or 0.0)
            known = self._reconnects.get(feed.provider, 0)
            self._metrics.reconnects.labels(feed.provider).inc(feed.reconnects - known)
            self._reconnects[feed.provider] = feed.reconnects

    def unstored(self, ticks: int) -> None:
        """Count ticks that the database did not take."""
        self._metrics.ticks.labels("unstored").inc(ticks)

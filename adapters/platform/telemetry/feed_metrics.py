"""The numbers of the processes that hear feeds."""

from __future__ import annotations

from typing import final

from prometheus_client import CollectorRegistry, Counter, Gauge


@final
class FeedMetrics:
    """What comes of feeds, and how they are."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.ticks = Counter("ticks_total", "Updates of feeds, by what became of them.", ["outcome"], registry=registry)
        self.alive = Gauge(
            "feed_alive",
            "1 while prices come or the market is quiet; the worst of all processes.",
            ["provider"],
            multiprocess_mode="livemin",
            registry=registry,
        )
        self.tick_age = Gauge(
            "feed_tick_age_seconds",
            "For how long nothing came of what a feed follows; the longest of all processes.",
            ["provider"],
            multiprocess_mode="livemax",
            registry=registry,
        )
        self.symbols = Gauge(
            "feed_symbols", "Symbols that a feed follows.", ["provider"], multiprocess_mode="livesum", registry=registry
        )
        self.standing_in = Gauge(
            "feed_standing_in_symbols",
            "Symbols that a feed tells for one before it that falters.",
            ["provider"],
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.untold = Gauge(
            "feed_untold_symbols",
            "Symbols that somebody wants, and that no feed carries or has room for.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.reconnects = Counter(
            "feed_reconnects_total", "How often a connection to a feed was made again.", ["provider"], registry=registry
        )

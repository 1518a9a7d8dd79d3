"""How streaming goes, as numbers: what is told as a total becomes what was added since it was told last."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final, final

from prometheus_client import Counter, Gauge, Histogram

from adapters.platform.telemetry.metrics import Metrics
from application.shared.telemetry import StreamNumbers, StreamTelemetry

_SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_TOTALS: Final = {
    "deliveries": ("stream_deliveries_total", "Messages about the market that were given to clients."),
    "conflated": ("stream_conflated_total", "Ticks for which a later one stood."),
    "dropped": ("stream_dropped_total", "Ticks that came late or twice."),
    "lost": ("stream_lost_total", "Holes in what the bus told, each told to clients as a gap."),
    "slow_closes": ("stream_slow_closes_total", "Clients that were closed since their events piled up."),
}


@final
class ObservedStream(StreamTelemetry):
    """Puts the numbers of this process among those that Prometheus reads."""

    def __init__(self, metrics: Metrics) -> None:
        own = metrics.own
        self._connections = Gauge(
            "stream_connections", "Clients of the stream.", multiprocess_mode="livesum", registry=own
        )
        self._subscriptions = Gauge(
            "stream_subscriptions", "Channels that clients follow.", multiprocess_mode="livesum", registry=own
        )
        self._lag = Histogram(
            "stream_fanout_lag_seconds",
            "From the arrival of ticks until they were given to all who follow them.",
            buckets=_SECONDS,
            registry=own,
        )
        self._totals = {name: Counter(title, told, registry=own) for name, (title, told) in _TOTALS.items()}
        self._told = dict.fromkeys(_TOTALS, 0)

    def numbers(self, numbers: StreamNumbers) -> None:
        """Tell how it stands."""
        self._connections.set(numbers.connections)
        self._subscriptions.set(numbers.subscriptions)
        now: dict[str, int] = asdict(numbers)
        for name, total in self._totals.items():
            total.inc(now[name] - self._told[name])
            self._told[name] = now[name]

    def lag(self, seconds: float) -> None:
        """Tell how long ticks took."""
        self._lag.observe(seconds)

"""How streaming goes is told as Prometheus wants it: what stands as it is, everything else as what was added."""

from __future__ import annotations

from prometheus_client import generate_latest

from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.streams import ObservedStream
from application.shared.telemetry import StreamNumbers


def _numbers(connections: int, deliveries: int) -> StreamNumbers:
    return StreamNumbers(
        connections=connections,
        subscriptions=10 * connections,
        deliveries=deliveries,
        conflated=deliveries // 2,
        dropped=1,
        lost=2,
        slow_closes=3,
    )


def test_totals_grow_and_what_stands_goes_up_and_down() -> None:
    """Each is told about once a second, and counted once."""
    metrics = Metrics()
    stream = ObservedStream(metrics)
    for connections, deliveries in ((5, 100), (3, 250), (3, 250)):
        stream.numbers(_numbers(connections, deliveries))
    stream.lag(0.003)
    page = generate_latest(metrics.registry()).decode()
    for line in (
        "stream_connections 3.0",
        "stream_subscriptions 30.0",
        "stream_deliveries_total 250.0",
        "stream_conflated_total 125.0",
        "stream_dropped_total 1.0",
        "stream_lost_total 2.0",
        "stream_slow_closes_total 3.0",
        'stream_fanout_lag_seconds_bucket{le="0.002"} 0.0',
        'stream_fanout_lag_seconds_bucket{le="0.005"} 1.0',
    ):
        assert f"\n{line}\n" in page, line

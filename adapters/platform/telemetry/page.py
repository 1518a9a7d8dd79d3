"""The page that Prometheus reads: what all processes have counted, and how the outbox stands at this moment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, final

from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, read
from adapters.platform.telemetry.metrics import Metrics
from application.shared.telemetry import MetricsPage
from domain.shared.errors import Unavailable
from domain.shared.events import Priority

_PATIENCE_S: Final = 3.0
# One that is due and neither done nor in hand waits; its lag is how long it has been due.
_STANDING: Final = text(
    """
    SELECT priority, count(*) FILTER (WHERE is_due) AS waiting,
        count(*) FILTER (WHERE leased_until >= now()) AS running,
        coalesce(extract(epoch FROM now() - min(available_at) FILTER (WHERE is_due)), 0)::float8 AS lag
    FROM (
        SELECT priority, available_at, leased_until,
            available_at <= now() AND (leased_until IS NULL OR leased_until < now()) AS is_due
        FROM outbox WHERE done_at IS NULL AND dead_at IS NULL
    ) AS open GROUP BY priority
    """
)
_DEAD: Final = text("SELECT priority, count(*) FROM outbox WHERE dead_at IS NOT NULL AND done_at IS NULL GROUP BY 1")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the events of one priority stand."""

    waiting: int = 0
    running: int = 0
    dead: int = 0
    lag_s: float = 0.0


@final
class OutboxNumbers(Collector):
    """What the database said; nothing where it said nothing."""

    def __init__(self, standing: Sequence[tuple[Priority, Standing]]) -> None:
        self._standing = standing

    def collect(self) -> Iterable[Metric]:
        """Yield each number by priority."""
        waiting = GaugeMetricFamily("jobs_waiting", "Events that are due and in nobody's hands.", labels=["priority"])
        running = GaugeMetricFamily("jobs_running", "Events that a worker has in hand.", labels=["priority"])
        dead = GaugeMetricFamily("jobs_dead", "Events that were given up.", labels=["priority"])
        lag = GaugeMetricFamily(
            "outbox_lag_seconds", "How long the event that waits longest has been due.", labels=["priority"]
        )
        for priority, found in self._standing:
            labels = [priority.name.lower()]
            waiting.add_metric(labels, found.waiting)
            running.add_metric(labels, found.running)
            dead.add_metric(labels, found.dead)
            lag.add_metric(labels, found.lag_s)
        return (waiting, running, dead, lag)


@final
class PrometheusPage(MetricsPage):
    """Reads the numbers of all processes and asks the database for the rest."""

    def __init__(self, engine: AsyncEngine, metrics: Metrics) -> None:
        self._engine = engine
        self._metrics = metrics

    async def __call__(self) -> bytes:
        """Return the page; without the database it lacks what only that knows."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                numbers = OutboxNumbers(await self._ask())
        except (Unavailable, TimeoutError):
            numbers = OutboxNumbers([])
        self._metrics.flush()
        return await asyncio.to_thread(lambda: generate_latest(self._metrics.registry(numbers)))

    async def _ask(self) -> Sequence[tuple[Priority, Standing]]:
        async with read(self._engine, Tenant(purpose="jobs")) as connection:
            open_ones = {row.priority: row for row in await connection.execute(_STANDING)}
            dead: dict[int, int] = {row[0]: row[1] for row in await connection.execute(_DEAD)}
        return [
            (
                priority,
                Standing(
                    waiting=found.waiting if (found := open_ones.get(priority.value)) else 0,
                    running=found.running if found else 0,
                    dead=dead.get(priority.value, 0),
                    lag_s=found.lag if found else 0.0,
                ),
            )
            for priority in Priority
        ]

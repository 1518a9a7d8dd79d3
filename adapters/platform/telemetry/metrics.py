"""Every number that is counted, with its name; Prometheus reads them, `deploy/prometheus` alerts by them.

Labels take few values only: a route's template, never a path; a kind of job, never its id.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from adapters.platform.telemetry.shared_values import forget_the_dead, share_values

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_STEP_SECONDS: Final = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0)
# the library does not type it
_HIDE_CREATED: Final[Callable[[], None]] = disable_created_metrics
_READ: Final[Callable[[CollectorRegistry, str], object]] = MultiProcessCollector


@final
class Metrics:
    """The numbers of this process; `folder`, where there is one, is shared with others and `registry` reads all."""

    def __init__(self, folder: Path | None = None) -> None:
        # when a counter began says nothing where several processes count
        _HIDE_CREATED()
        if folder is not None:
            share_values(folder)
        self._folder = folder
        self._own = own = CollectorRegistry()
        self.http_requests = Counter(
            "http_requests_total", "Requests answered.", ["method", "endpoint", "status"], registry=own
        )
        self.http_request_duration = Histogram(
            "http_request_duration_seconds",
            "Time to answer a request, by the route's template.",
            ["method", "endpoint"],
            buckets=_SECONDS,
            registry=own,
        )
        self.websocket_connections = Gauge(
            "websocket_connections", "WebSockets that are open.", multiprocess_mode="livesum", registry=own
        )
        self.cache_hits = Counter("cache_hits_total", "Reads that a cache answered.", ["cache"], registry=own)
        self.cache_misses = Counter("cache_misses_total", "Reads that no cache answered.", ["cache"], registry=own)
        self.external_api_calls = Counter(
            "external_api_calls_total", "Calls to providers, retries included.", ["api_name", "status"], registry=own
        )
        self.external_api_duration = Histogram(
            "external_api_duration_seconds", "Time of a call.", ["api_name"], buckets=_SECONDS, registry=own
        )
        self.circuit_breaker_state = Gauge(
            "circuit_breaker_state",
            "0 closed, 1 half open, 2 open; the worst of all processes.",
            ["name"],
            multiprocess_mode="livemax",
            registry=own,
        )
        self.circuit_breaker_opened = Counter(
            "circuit_breaker_opened_total", "How often a breaker opened.", ["name"], registry=own
        )
        self.jobs = Counter("jobs_total", "Steps of jobs, by how they ended.", ["kind", "outcome"], registry=own)
        self.job_duration = Histogram(
            "job_step_duration_seconds", "Time of a step.", ["kind"], buckets=_STEP_SECONDS, registry=own
        )
        self.pool_in_use = Gauge(
            "db_pool_connections_in_use",
            "Connections of a pool in use, in the process with the most.",
            multiprocess_mode="livemax",
            registry=own,
        )
        self.pool_max = Gauge(
            "db_pool_connections_max", "Connections a pool may have.", multiprocess_mode="livemax", registry=own
        )
        self.usage_rows = Counter("usage_log_rows_total", "Calls written to the usage log.", registry=own)
        self.usage_dropped = Counter(
            "usage_log_dropped_total", "Calls that the usage log lost, since it could not be written.", registry=own
        )

    def registry(self, *more: Collector) -> CollectorRegistry:
        """Return what reads the numbers of all processes, and what these collectors know."""
        found = CollectorRegistry()
        if self._folder is None:
            found.register(self._own)
        else:
            forget_the_dead(self._folder)
            _READ(found, str(self._folder))
        for collector in more:
            found.register(collector)
        return found

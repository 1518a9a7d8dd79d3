"""Every number that is counted, with its name; Prometheus reads them, `deploy/prometheus` alerts by them.

Labels take few values only: a route's template, never a path; a kind of job, never its id.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol, cast, final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from adapters.platform.telemetry.feed_metrics import FeedMetrics
from adapters.platform.telemetry.shared_values import forget_the_dead, share_values
from application.shared.cache import ShelfStatistics

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_STEP_SECONDS: Final = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0)
# the shelf of the answers that a process gives again as they are
_ANSWERS: Final = "answers"
# when a counter began says nothing where several processes count; the library does not type it
_HIDE_CREATED: Final[Callable[[], None]] = disable_created_metrics
_READ: Final[Callable[[CollectorRegistry, str], object]] = MultiProcessCollector


@final
class _Tally:
    """Requests of one kind that were counted and are not yet among the numbers."""

    __slots__ = ("buckets", "count", "seconds")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.count = 0
        self.seconds = 0.0
        self.buckets = [0] * (len(SECONDS) + 1)

    def add(self, seconds: float) -> None:
        """Count one."""
        self.count += 1
        self.seconds += seconds
        self.buckets[bisect_left(SECONDS, seconds)] += 1


@final
class Metrics:
    """The numbers of this process; `folder`, where there is one, is shared with others and `registry` reads all."""

    def __init__(self, folder: Path | None = None) -> None:
        _HIDE_CREATED()
        if folder is not None:
            share_values(folder)
        self._folder = folder
        self._tallies: dict[tuple[str, str, int], _Tally] = {}
        self._shelves: Callable[[], Mapping[str, ShelfStatistics]] = dict
        self._shelves_told: dict[str, tuple[int, int]] = {}
        # since the last flush
        self.answers_given_again = 0
        self.own = own = CollectorRegistry()
        self.http_requests = Counter(
            "http_requests_total", "Requests answered.", ["method", "endpoint", "status"], registry=own
        )
        self.http_request_duration = Histogram(
            "http_request_duration_seconds",
            "Time to answer a request, by the route's template.",
            ["method", "endpoint"],
            buckets=SECONDS,
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
            "external_api_duration_seconds", "Time of a call.", ["api_name"], buckets=SECONDS, registry=own
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
        self.feeds = FeedMetrics(own)
        self.usage_rows = Counter("usage_log_rows_total", "Calls written to the usage log.", registry=own)
        self.usage_dropped = Counter(
            "usage_log_dropped_total", "Calls that the usage log lost, since it could not be written.", registry=own
        )

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that has ended; `flush` puts it among the numbers, which costs ten times as much."""
        key = method, route, status
        tally = self._tallies.get(key)
        if tally is None:
            # as many as there are routes and statuses
            tally = self._tallies[key] = _Tally()
        tally.add(seconds)

    def flush(self) -> None:
        """Put the requests that were counted among the numbers, where other processes see them."""
        for (method, route, status), tally in self._tallies.items():
            if tally.count:
                self.http_requests.labels(method, route, str(status)).inc(tally.count)
                _observe(self.http_request_duration.labels(method, route), tally)
                tally.clear()
        self.cache_hits.labels(_ANSWERS).inc(self.answers_given_again)
        self.answers_given_again = 0
        self._tell_shelves()

    def watch_cache(self, shelves: Callable[[], Mapping[str, ShelfStatistics]]) -> None:
        """Let each `flush` ask what a cache of this process did."""
        self._shelves = shelves

    def _tell_shelves(self) -> None:
        for name, did in self._shelves().items():
            hits, misses = did.local_hits + did.shared_hits + did.stale, did.misses
            hits_told, misses_told = self._shelves_told.get(name, (0, 0))
            self.cache_hits.labels(name).inc(hits - hits_told)
            self.cache_misses.labels(name).inc(misses - misses_told)
            self._shelves_told[name] = hits, misses

    def registry(self, *more: Collector) -> CollectorRegistry:
        """Return what reads the numbers of all processes, and what these collectors know."""
        found = CollectorRegistry()
        if self._folder is None:
            found.register(self.own)
        else:
            forget_the_dead(self._folder)
            _READ(found, str(self._folder))
        for collector in more:
            found.register(collector)
        return found


class _Adds(Protocol):
    """A number of the library's."""

    def inc(self, amount: float, /) -> None:
        """Add to it."""
        ...


def _observe(histogram: Histogram, tally: _Tally) -> None:
    # The library has no way to observe many at once. These are its numbers, which `observe` adds to.
    total = cast("_Adds", histogram._sum)  # noqa: SLF001 - as said  # pyright: ignore[reportPrivateUsage] - as said
    buckets = cast("Sequence[_Adds]", histogram._buckets)  # noqa: SLF001 - as said  # pyright: ignore[reportPrivateUsage] - as said
    total.inc(tally.seconds)
    for bucket, count in zip(buckets, tally.buckets, strict=True):
        if count:
            bucket.inc(count)

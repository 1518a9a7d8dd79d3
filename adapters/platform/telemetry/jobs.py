"""Each step of a job as it is seen from outside: a span in the trace of whoever caused it, a count and a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

from opentelemetry.trace import SpanKind

from adapters.platform.jobs.leases import Lease
from adapters.platform.telemetry.metrics import Metrics
from adapters.platform.telemetry.tracing import Attributes, Span, Tracing, mark_failed

Outcome: TypeAlias = Literal["done", "again", "failed", "lease_lost", "interrupted"]


@dataclass(slots=True)
class Seen:
    """How a step fared, as far as is known."""

    span: Span | None
    outcome: Outcome = "interrupted"

    def fail(self, error: Exception) -> None:
        """Note that it raised."""
        self.outcome = "failed"
        if self.span is not None:
            mark_failed(self.span, error)


@final
class ObservedJobs:
    """Tells traces and metrics."""

    def __init__(self, tracing: Tracing, metrics: Metrics) -> None:
        self._tracing = tracing
        self._metrics = metrics

    @classmethod
    def by_nobody(cls) -> ObservedJobs:
        """Return what tells nobody."""
        return cls(Tracing(None, sampled=0.0), Metrics())

    @contextmanager
    def step(self, kind: str, lease: Lease) -> Iterator[Seen]:
        """See the step in the block; `kind` is one of few."""
        about: Attributes = {
            "tapedeck.job.kind": kind,
            "tapedeck.event_id": str(lease.event_id),
            "tapedeck.epoch": lease.epoch,
        }
        with self._tracing.continued(f"job {kind}", SpanKind.CONSUMER, lease.traceparent, about) as span:
            seen = Seen(span)
            started = time.perf_counter()
            try:
                yield seen
            finally:
                if span is not None:
                    span.tell({"tapedeck.job.outcome": seen.outcome})
                self._metrics.jobs.labels(kind, seen.outcome).inc()
                self._metrics.job_duration.labels(kind).observe(time.perf_counter() - started)

"""Traces: one id from a request through the outbox to the job that follows from it, the database and providers.

The context is OpenTelemetry's own. Whether a trace is recorded is decided where it begins, and everybody after that
keeps to it; one that is not recorded has an id all the same, for the logs and the outbox, and costs next to nothing.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, NamedTuple, Protocol, TypeAlias, final

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from adapters.platform.settings import BrokenSetting, ConsoleTraces, NoTraces, OtlpTraces, TelemetrySettings

Attributes: TypeAlias = Mapping[str, str | int | float | bool]

_W3C: Final = TraceContextTextMapPropagator()
_LONGEST_GOODBYE_S: Final = 2.0


class _Faint(NamedTuple):
    """A trace that is not recorded: its ids and flags."""

    trace_id: int
    span_id: int
    flags: int


# OpenTelemetry has spans that are not recorded too; making one and putting it into its context costs ten times as much
_faint: ContextVar[_Faint | None] = ContextVar("faint_trace", default=None)


def current_traceparent() -> str | None:
    """Return the trace in hand as a W3C `traceparent`, None outside of any."""
    faint = _faint.get()
    if faint is not None:
        return f"00-{faint.trace_id:032x}-{faint.span_id:016x}-{faint.flags:02x}"
    found = trace.get_current_span().get_span_context()
    if not found.is_valid:
        return None
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"


def current_trace_id() -> str | None:
    """Return the id of the trace in hand, None outside of any."""
    faint = _faint.get()
    if faint is not None:
        return f"{faint.trace_id:032x}"
    found = trace.get_current_span().get_span_context()
    return f"{found.trace_id:032x}" if found.is_valid else None


class Scene(Protocol):
    """A span that is the one in hand until it ends."""

    @property
    def span(self) -> Span | None:
        """The span, None where it is not recorded."""
        ...

    def end(self) -> None:
        """End the span and give way to what was in hand before."""
        ...


@final
class _Recorded(Scene):
    __slots__ = ("_covered", "_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span
        self._token = context.attach(trace.set_span_in_context(span))
        self._covered = _faint.set(None)

    @property
    def span(self) -> Span | None:
        return self._span

    def end(self) -> None:
        self._span.end()
        _faint.reset(self._covered)
        context.detach(self._token)


@final
class _Unrecorded(Scene):
    __slots__ = ("_token",)

    def __init__(self, faint: _Faint) -> None:
        self._token = _faint.set(faint)

    @property
    def span(self) -> Span | None:
        return None

    def end(self) -> None:
        _faint.reset(self._token)


@final
class Tracing:
    """Begins spans and sends them off in the background; opens its exporter with the first that is recorded."""

    def __init__(self, exporter: Callable[[], SpanExporter] | None, *, sampled: float) -> None:
        self._exporter = exporter
        self._sampled = sampled if exporter is not None else 0.0
        self._processor: BatchSpanProcessor | None = None
        self._tracer: trace.Tracer | None = None

    def begin(self, name: str, kind: SpanKind, traceparent: str | None = None) -> Scene:
        """Go on with that trace, or begin one; whoever begins it ends it, in the same task."""
        parent = None if traceparent is None else _parsed(traceparent)
        if parent is None:
            is_recorded = random.random() < self._sampled  # noqa: S311 - spreads load, guards nothing
        else:
            is_recorded = parent.trace_flags.sampled and self._exporter is not None
        if is_recorded:
            around = context.Context() if parent is None else trace.set_span_in_context(NonRecordingSpan(parent))
            return _Recorded(self._open().start_span(name, around, kind))
        if parent is None:
            return _Unrecorded(_Faint(random.getrandbits(128), random.getrandbits(64), 0))
        return _Unrecorded(_Faint(parent.trace_id, random.getrandbits(64), int(parent.trace_flags)))

    @contextmanager
    def continued(self, name: str, kind: SpanKind, traceparent: str | None, about: Attributes) -> Iterator[Span | None]:
        """Be in a span of that trace, or of a new one, for the length of the block; what is raised marks it."""
        scene = self.begin(name, kind, traceparent)
        span = scene.span
        try:
            if span is not None:
                span.set_attributes(about)
            yield span
        except BaseException as error:
            if span is not None:
                mark_failed(span, error)
            raise
        finally:
            scene.end()

    def start_part(self, name: str, about: Attributes) -> Span | None:
        """Begin a part of the span in hand, which does not become the one in hand; None if that is not recorded."""
        if not trace.get_current_span().is_recording():
            return None
        return self._open().start_span(name, kind=SpanKind.CLIENT, attributes=about)

    def add_past_part(self, name: str, about: Attributes, seconds: float, *, is_failed: bool) -> None:
        """Add a part of the span in hand that took so long and is over now, if that is recorded."""
        if trace.get_current_span().is_recording():
            now = time.time_ns()
            span = self._open().start_span(name, None, SpanKind.CLIENT, about, start_time=now - int(seconds * 1e9))
            if is_failed:
                span.set_status(Status(StatusCode.ERROR))
            span.end(now)

    async def aclose(self) -> None:
        """Send off what has ended, if that goes quickly. Spans that end later are lost."""
        if self._processor is not None:
            # the processor waits for as long as its exporter does, and no process may end later for that
            last = threading.Thread(target=self._processor.shutdown, name="last spans", daemon=True)
            last.start()
            await asyncio.to_thread(last.join, _LONGEST_GOODBYE_S)

    def _open(self) -> trace.Tracer:
        if self._tracer is None:
            if self._exporter is None:
                return trace.NoOpTracer()
            # our own decision has been made by now
            provider = TracerProvider(
                sampler=ALWAYS_ON, resource=Resource({"service.name": "tapedeck"}), shutdown_on_exit=False
            )
            self._processor = BatchSpanProcessor(self._exporter(), schedule_delay_millis=1000)
            provider.add_span_processor(self._processor)
            self._tracer = provider.get_tracer("tapedeck")
        return self._tracer


def open_tracing(telemetry: TelemetrySettings) -> Tracing:
    """Return the traces of these settings; raises BrokenSetting for an exporter that is not installed."""
    return Tracing(_exporter(telemetry), sampled=telemetry.sampled)


def mark_failed(span: Span, error: BaseException) -> None:
    """Mark the span as failed by an error, whose words may quote what users entered and are left out."""
    span.set_status(Status(StatusCode.ERROR))
    span.set_attribute("error.type", type(error).__name__)


def _exporter(telemetry: TelemetrySettings) -> Callable[[], SpanExporter] | None:
    match telemetry.traces:
        case NoTraces():
            return None
        case ConsoleTraces():
            return lambda: ConsoleSpanExporter(out=sys.stderr, formatter=lambda span: f"{span.to_json(indent=None)}\n")
        case OtlpTraces() as otlp:
            try:
                from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - need not be installed
                    OTLPSpanExporter,
                )
            except ImportError as error:
                raise BrokenSetting("telemetry.traces: otlp needs the package's extra `otel`.") from error
            headers = {name: secret.reveal() for name, secret in otlp.headers.items()}
            return lambda: OTLPSpanExporter(endpoint=otlp.endpoint, headers=headers, timeout=5)


def _parsed(traceparent: str) -> SpanContext | None:
    found = trace.get_current_span(_W3C.extract({"traceparent": traceparent}, context.Context())).get_span_context()
    return found if found.is_valid else None

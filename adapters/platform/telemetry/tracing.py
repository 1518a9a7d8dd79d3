"""Traces: one id from a request through the outbox to the job that follows from it, the database and providers.

Ids, samples and what is exported are OpenTelemetry's. Whether a trace is recorded is decided where it begins, and
everybody after that keeps to it; one that is not recorded has an id all the same, for the logs and the outbox, and
costs next to nothing. Spans are written down by ourselves and become OpenTelemetry's when they end: its own are made to
be told things from many sides, and cost a request ten times as much.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Final, NamedTuple, TypeAlias, final

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from adapters.platform.settings import BrokenSetting, ConsoleTraces, NoTraces, OtlpTraces, TelemetrySettings

Attributes: TypeAlias = Mapping[str, str | int | float | bool]

_W3C: Final = TraceContextTextMapPropagator()
_LONGEST_GOODBYE_S: Final = 2.0
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_RESOURCE: Final = Resource({"service.name": "tapedeck"})
_SCOPE: Final = InstrumentationScope("tapedeck")
_UNSET: Final = Status(StatusCode.UNSET)
_FAILED: Final = Status(StatusCode.ERROR)


class _Here(NamedTuple):
    """Where in which trace the work in hand is."""

    trace_id: int
    span_id: int
    flags: int
    is_recorded: bool


_here: ContextVar[_Here | None] = ContextVar("trace_in_hand", default=None)


def current_traceparent() -> str | None:
    """Return the trace in hand as a W3C `traceparent`, None outside of any."""
    here = _here.get()
    return None if here is None else f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.flags:02x}"


def current_trace_id() -> str | None:
    """Return the id of the trace in hand, None outside of any."""
    here = _here.get()
    return None if here is None else f"{here.trace_id:032x}"


@final
class Span:
    """What is recorded of one piece of work; it is sent off some time after it has ended."""

    __slots__ = ("_about", "_began_ns", "_kind", "_parent", "_status", "_tracing", "here", "name")

    def __init__(
        self,
        tracing: Tracing,
        name: str,
        kind: SpanKind,
        here: _Here,
        *,
        parent: SpanContext | None,
        began_ns: int | None = None,
    ) -> None:
        self.name = name
        self.here = here
        self._tracing = tracing
        self._kind = kind
        self._parent = parent
        self._about: dict[str, str | int | float | bool] = {}
        self._status = _UNSET
        self._began_ns = time.time_ns() if began_ns is None else began_ns

    def tell(self, about: Attributes) -> None:
        """Add what it is about."""
        self._about.update(about)

    def fail(self) -> None:
        """Mark it as failed."""
        self._status = _FAILED

    def end(self, ended_ns: int | None = None) -> None:
        """Let it end, now or at that time; once."""
        here = self.here
        self._tracing.send(
            # the library would have it made by itself alone, and every exporter of it takes what is made like this
            ReadableSpan(
                self.name,
                context=SpanContext(here.trace_id, here.span_id, is_remote=False, trace_flags=_SAMPLED),
                parent=self._parent,
                resource=_RESOURCE,
                attributes=self._about,
                kind=self._kind,
                status=self._status,
                start_time=self._began_ns,
                end_time=time.time_ns() if ended_ns is None else ended_ns,
                instrumentation_scope=_SCOPE,
            )
        )


@final
class Scene:
    """A piece of work that is the one in hand until it ends; `span` is None where it is not recorded."""

    __slots__ = ("_before", "span")

    def __init__(self, here: _Here, span: Span | None) -> None:
        self.span = span
        self._before: Token[_Here | None] = _here.set(here)

    def end(self) -> None:
        """End the span and give way to what was in hand before."""
        if self.span is not None:
            self.span.end()
        _here.reset(self._before)


@final
class Tracing:
    """Begins spans and sends them off in the background; opens its exporter with the first that has ended."""

    def __init__(self, exporter: Callable[[], SpanExporter] | None, *, sampled: float) -> None:
        self._exporter = exporter
        self._sampled = sampled if exporter is not None else 0.0
        self._processor: BatchSpanProcessor | None = None

    def begin(self, name: str, kind: SpanKind, traceparent: str | None = None) -> Scene:
        """Go on with that trace, or begin one; whoever begins it ends it, in the same task."""
        parent = None if traceparent is None else _parsed(traceparent)
        span_id = random.getrandbits(64)
        if parent is None:
            is_recorded = random.random() < self._sampled  # noqa: S311 - spreads load, guards nothing
            here = _Here(random.getrandbits(128), span_id, int(is_recorded), is_recorded)
        else:
            is_recorded = parent.trace_flags.sampled and self._exporter is not None
            here = _Here(parent.trace_id, span_id, int(parent.trace_flags), is_recorded)
        return Scene(here, Span(self, name, kind, here, parent=parent) if is_recorded else None)

    @contextmanager
    def continued(self, name: str, kind: SpanKind, traceparent: str | None, about: Attributes) -> Iterator[Span | None]:
        """Be in a span of that trace, or of a new one, for the length of the block; what is raised marks it."""
        scene = self.begin(name, kind, traceparent)
        span = scene.span
        try:
            if span is not None:
                span.tell(about)
            yield span
        except BaseException as error:
            if span is not None:
                mark_failed(span, error)
            raise
        finally:
            scene.end()

    def start_part(self, name: str, about: Attributes, *, began_ns: int | None = None) -> Span | None:
        """Begin a part of the span in hand, which does not become the one in hand; None if that is not recorded."""
        around = _here.get()
        if around is None or not around.is_recorded:
            return None
        here = around._replace(span_id=random.getrandbits(64))
        parent = SpanContext(around.trace_id, around.span_id, is_remote=False, trace_flags=_SAMPLED)
        part = Span(self, name, SpanKind.CLIENT, here, parent=parent, began_ns=began_ns)
        part.tell(about)
        return part

    def add_past_part(self, name: str, about: Attributes, seconds: float, *, is_failed: bool) -> None:
        """Add a part of the span in hand that took so long and is over now, if that is recorded."""
        now = time.time_ns()
        part = self.start_part(name, about, began_ns=now - int(seconds * 1e9))
        if part is not None:
            if is_failed:
                part.fail()
            part.end(now)

    def send(self, span: ReadableSpan) -> None:
        """Send off, some time soon, a span that has ended."""
        if self._processor is None:
            if self._exporter is None:
                return
            self._processor = BatchSpanProcessor(self._exporter(), schedule_delay_millis=1000)
        self._processor.on_end(span)

    async def aclose(self) -> None:
        """Send off what has ended, if that goes quickly. Spans that end later are lost."""
        if self._processor is not None:
            # the processor waits for as long as its exporter does, and no process may end later for that
            last = threading.Thread(target=self._processor.shutdown, name="last spans", daemon=True)
            last.start()
            await asyncio.to_thread(last.join, _LONGEST_GOODBYE_S)


def open_tracing(telemetry: TelemetrySettings) -> Tracing:
    """Return the traces of these settings; raises BrokenSetting for an exporter that is not installed."""
    return Tracing(_exporter(telemetry), sampled=telemetry.sampled)


def mark_failed(span: Span, error: BaseException) -> None:
    """Mark the span as failed by an error, whose words may quote what users entered and are left out."""
    span.fail()
    span.tell({"error.type": type(error).__name__})


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

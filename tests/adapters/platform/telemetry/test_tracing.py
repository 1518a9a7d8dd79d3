"""Traces: who decides whether one is recorded, and whom a request is believed about it."""

from __future__ import annotations

from typing import cast

import pytest
from litestar.types import HTTPScope
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from adapters.platform.telemetry.redaction import masked
from adapters.platform.telemetry.tracing import Tracing, current_trace_id, current_traceparent
from entrypoints.http.addresses import Callers

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("flags", "recorded"), [("01", 1), ("00", 0)])
async def test_whoever_begins_a_trace_decides_whether_it_is_recorded(flags: str, recorded: int) -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing(lambda: exporter, sampled=1.0 - recorded)
    with tracing.continued("job", SpanKind.CONSUMER, f"00-{TRACE}-{CALLER}-{flags}", {}):
        told = current_traceparent()
        assert current_trace_id() == TRACE
    await tracing.aclose()
    assert len(exporter.get_finished_spans()) == recorded
    assert told is not None
    assert told.startswith(f"00-{TRACE}-")
    assert told.endswith(f"-{flags}")
    assert CALLER not in told
    assert current_traceparent() is None


async def test_without_an_exporter_there_are_ids_all_the_same() -> None:
    tracing = Tracing(None, sampled=1.0)
    scenes = [tracing.begin("GET", SpanKind.SERVER) for _ in range(2)]
    assert [scene.span for scene in scenes] == [None, None]
    first = current_trace_id()
    scenes[1].end()
    assert current_trace_id() not in {first, None}
    scenes[0].end()
    assert current_trace_id() is None


@pytest.mark.parametrize(
    "said", ["", "nonsense", f"00-{'0' * 32}-{CALLER}-01", f"ff-{TRACE}-{CALLER}-01", f"00-{TRACE}"]
)
async def test_what_is_no_trace_begins_a_new_one(said: str) -> None:
    with Tracing(None, sampled=0.0).continued("job", SpanKind.CONSUMER, said, {}):
        assert current_trace_id() not in {None, TRACE, "0" * 32}


async def test_an_error_is_told_by_its_kind() -> None:
    exporter = InMemorySpanExporter()
    tracing = Tracing(lambda: exporter, sampled=1.0)
    with pytest.raises(ValueError, match="hunter2"), tracing.continued("job", SpanKind.CONSUMER, None, {}):
        raise ValueError("hunter2")
    await tracing.aclose()
    [span] = exporter.get_finished_spans()
    assert "hunter2" not in span.to_json()
    assert "ValueError" in span.to_json()


def _scope(peer: str | None, headers: list[tuple[bytes, bytes]]) -> object:
    """The part of a scope that is looked at."""
    return {"type": "http", "client": None if peer is None else (peer, 1), "headers": headers}


@pytest.mark.parametrize(
    ("networks", "peer", "headers", "believed"),
    [
        (["10.0.0.0/8"], "10.1.2.3", 1, True),
        (["10.0.0.0/8"], "11.1.2.3", 1, False),
        (["10.0.0.0/8"], "10.1.2.3", 2, False),
        (["::1/128"], "::1", 1, True),
        ([], "127.0.0.1", 1, False),
        (["10.0.0.0/8"], None, 1, False),
    ],
)
def test_a_trace_is_believed_from_trusted_callers_alone(
    networks: list[str], peer: str | None, headers: int, *, believed: bool
) -> None:
    said = f"00-{TRACE}-{CALLER}-01"
    # only the part that is looked at is there
    scope = cast("HTTPScope", _scope(peer, [(b"traceparent", said.encode())] * headers))
    assert (Callers(1, networks).traceparent(scope) == said) is believed


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer CANARY.x",
        "postgresql://ann:CANARY@host/db",
        "GET https://api.example/q?symbol=X&apikey=CANARY&y=1",
        '{"password": "CANARY", "x": 1}',
        "token='CANARY'",
        "eyJCANARY.eyJzdWIiOiIxIn0.c2ln",
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    assert "CANARY" not in masked(text)
    assert "***" in masked(text)


def test_other_text_is_left_alone() -> None:
    text = "GET /api/v1/trades 200 in 3.2 ms, tokens of 4 users at https://example.com/a?b=c"
    assert masked(text) == text

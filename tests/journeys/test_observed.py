"""What can be seen from outside of two APIs, a worker and a scheduler, each a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.collector import Collector, Reported, collecting
from tests.journeys.ledger_api import open_ledger
from tests.processes import PATIENCE_S, until
from tests.served import register_and_log_in

pytestmark = pytest.mark.anyio

METRICS_TOKEN = "opens-the-metrics-and-nothing-else"
CANARY = "canary-7f3a9c-body"
FILE = (
    "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,"
    "order_execution_time\n"
    f"{CANARY},INE009A01021,2026-01-29,NSE,EQ,EQ,buy,false,3,1500.50,2400871239,1100000012345678,2026-01-29T09:15:00\n"
)


@dataclass(frozen=True, slots=True)
class House:
    """The processes, their logs, and where the APIs listen."""

    apis: list[subprocess.Popen[bytes]]
    urls: list[str]
    logs: list[Path]
    collector: Collector
    secrets: list[str]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def house(database_url: str, redis_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two APIs, a worker and a scheduler that count in one folder and report every trace."""
    folder = tmp_path_factory.mktemp("house")
    key = secrets.token_urlsafe(48)
    with ExitStack() as stack:
        collector = stack.enter_context(collecting())
        environment = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_server,
            "TAPEDECK_AUTH__KEYS": msgspec.json.encode([{"kid": "test", "secret": key}]).decode(),
            "TAPEDECK_AUTH__HASH": '{"kind": "argon2id", "memory_kib": 8, "time_cost": 1}',
            "TAPEDECK_HTTP__TRUSTED_CALLERS": '["127.0.0.0/8"]',
            "TAPEDECK_TELEMETRY__TRACES": msgspec.json.encode({"kind": "otlp", "endpoint": collector.url}).decode(),
            "TAPEDECK_TELEMETRY__SAMPLED": "0",
            "TAPEDECK_TELEMETRY__METRICS_DIR": str(folder / "metrics"),
            "TAPEDECK_TELEMETRY__METRICS_TOKEN": METRICS_TOKEN,
            "TAPEDECK_TELEMETRY__LOG_LEVEL": "debug",
        }
        ports = [_free_port(), _free_port()]
        logs: list[Path] = []

        def start(name: str, command: str, more: Mapping[str, str]) -> subprocess.Popen[bytes]:
            logs.append(folder / f"{name}.log")
            log = stack.enter_context(logs[-1].open("wb"))
            process = subprocess.Popen(
                [sys.executable, "-m", "entrypoints.cli", command],
                env={**os.environ, **environment, **more},
                stdout=log,
                stderr=log,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        apis = [start(f"api{port}", "api", {"TAPEDECK_HTTP__PORT": str(port)}) for port in ports]
        start("worker", "worker", {})
        start("scheduler", "scheduler", {})
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        for url in urls:
            until(partial(_lives, url), f"{url} lives")
        yield House(apis, urls, logs, collector, [key, database_url, redis_server, METRICS_TOKEN])


def _lives(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez").is_success
    except httpx.TransportError:
        return False


async def _import(url: str, headers: Mapping[str, str]) -> None:
    """Import a file on behalf of a new trader, with these headers; return when the worker has read it."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as client:
        ledger = await open_ledger(client, await register_and_log_in(client))
        sent = {**ledger.headers, **headers, "Content-Type": "text/csv"}
        answer = await client.post(
            "/api/v1/imports", params={"accountId": ledger.account_id}, content=FILE, headers=sent
        )
        assert answer.status_code == 202, answer.text
        job_id = answer.json()["data"]["jobId"]
        # the stream of a job ends with the job
        told = await client.get(f"/api/v1/jobs/{job_id}/events", headers=ledger.headers)
        assert '"state":"done"' in told.text


async def _numbers(url: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return each number of the page by its name and labels."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as client:
        page = await client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert page.status_code == 200, page.text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
    }


def _labels(**labels: str) -> frozenset[tuple[str, str]]:
    return frozenset(labels.items())


async def test_one_trace_goes_from_the_caller_to_the_workers_statements(house: House) -> None:
    trace_id, caller = secrets.token_hex(16), secrets.token_hex(8)
    await _import(house.urls[0], {"traceparent": f"00-{trace_id}-{caller}-01"})

    def named(start: str) -> list[Reported]:
        return [span for span in house.collector.spans(trace_id) if span.name.startswith(start)]

    until(lambda: bool(named("POST")) and bool(named("job read_import")), "both processes reported")
    spans = house.collector.spans(trace_id)
    [request] = named("POST")
    [job, *_] = named("job read_import")
    assert request.name == "POST /api/v1/imports"
    assert request.parent_id == caller
    assert job.parent_id == request.span_id
    by_parent = {
        parent: [span for span in spans if span.parent_id == parent] for parent in (request.span_id, job.span_id)
    }
    assert any(span.name == "INSERT" and "outbox" in span.about["db.query.text"] for span in by_parent[request.span_id])
    assert any("import_rows" in span.about.get("db.query.text", "") for span in by_parent[job.span_id])
    assert {span.parent_id for span in spans} <= {caller, *(span.span_id for span in spans)}
    assert not any(CANARY.encode() in body for body in house.collector.bodies)


async def test_what_two_processes_and_their_worker_count_is_added_up_and_outlives_them(house: House) -> None:
    route = _labels(method="GET", endpoint="/readyz", status="200")
    job = _labels(kind="read_import", outcome="done")
    for url, times in zip(house.urls, (3, 4), strict=True):
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as client:
            for _ in range(times):
                assert (await client.get("/readyz")).is_success
    await _import(house.urls[1], {})
    first: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    async with asyncio.timeout(PATIENCE_S):
        # what one process counted is seen by another within half a second
        while first.get(("http_requests_total", route)) != 7 or not first.get(("jobs_total", job)):
            first = await _numbers(house.urls[0])
    assert (await _numbers(house.urls[1]))["http_requests_total", route] == 7
    timed = first["http_request_duration_seconds_count", _labels(method="GET", endpoint="/readyz")]
    assert timed == 7
    assert first["db_pool_connections_max", frozenset()] == 10
    assert {first["outbox_lag_seconds", _labels(priority=name)] for name in ("critical", "high", "normal", "low")} == {
        0
    }
    house.apis[1].send_signal(signal.SIGKILL)
    house.apis[1].wait()
    assert (await _numbers(house.urls[0]))["http_requests_total", route] == 7


async def test_the_page_opens_to_the_token_alone(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.urls[0], timeout=PATIENCE_S) as client:
        user = await register_and_log_in(client)
        for headers in ({}, {"Authorization": "Bearer something-else"}, user):
            assert (await client.get("/metrics", headers=headers)).status_code == 401
        assert "/metrics" not in (await client.get("/schema/openapi.json")).json()["paths"]


async def test_labels_take_few_values_whatever_strangers_ask_for(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.urls[0], timeout=PATIENCE_S) as client:
        for number in range(20):
            assert (await client.request("PROPFIND", f"/no/such/path/{number}")).status_code == 404
    numbers = await _numbers(house.urls[0])
    asked = [dict(labels) for name, labels in numbers if name == "http_requests_total"]
    assert not any("PROPFIND" in labels["method"] or "/no/such" in labels["endpoint"] for labels in asked)
    assert numbers["http_requests_total", _labels(method="OTHER", endpoint="unknown", status="404")] >= 20


async def test_no_log_holds_a_secret_or_what_users_sent(house: House) -> None:
    password = f"canary {secrets.token_hex(8)} horses"
    who = {"email": f"{secrets.token_hex(6)}@example.com", "password": password}
    canaries = [CANARY, password, who["email"], *house.secrets]
    async with httpx.AsyncClient(base_url=f"{house.urls[0]}/api/v1", timeout=PATIENCE_S) as client:
        assert (await client.post("/auth/register", json=who)).is_success
        token = (await client.post("/auth/login", json=who)).json()["data"]["accessToken"]
        canaries.append(token)
        await client.post("/auth/login", json={**who, "password": f"{password}!"})
        await client.post("/auth/login", content=f'{{"email": "{CANARY}", '.encode())
        await client.get(f"/trades/{CANARY}", params={"cursor": CANARY, "apikey": CANARY})
        await client.get("/users/me", headers={"Authorization": f"Bearer {token}x", "Cookie": f"session={CANARY}"})
    await _import(house.urls[0], {})
    texts = [log.read_text(encoding="utf-8") for log in house.logs]
    assert all(isinstance(json.loads(line), dict) for text in texts for line in text.splitlines())
    assert sum(len(text) for text in texts) > 0
    assert [
        (log.name, canary) for log, text in zip(house.logs, texts, strict=True) for canary in canaries if canary in text
    ] == []

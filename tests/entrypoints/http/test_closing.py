"""What `tapedeck api` promises when it is asked to stop: told first, then finished, and nobody cut off."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.entrypoints.cli.house import free_port
from tests.journeys.ledger_api import open_ledger
from tests.processes import PATIENCE_S, until
from tests.served import register_and_log_in

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
TRADEBOOK = ROOT / "entrypoints" / "cli" / "sample_tradebook.csv"
PERSON = json.dumps({"email": "slow@example.com", "password": "violet kettle runs north"}).encode()


@contextmanager
def _api(database_url: str, redis_url: str, port: int, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "TAPEDECK_AUTH__KEYS": f'[{{"kid": "test", "secret": "{secrets.token_urlsafe(32)}"}}]',
        "TAPEDECK_HTTP__PORT": str(port),
        "TAPEDECK_TELEMETRY__LOG_LEVEL": "error",
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    process = subprocess.Popen([sys.executable, "-m", "entrypoints.cli", "api"], env=environment)
    try:
        until(lambda: _status(port, "/readyz") == 200, "the API is ready")
        yield process
    finally:
        process.kill()
        process.wait()


def _status(port: int, path: str) -> int:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code
    except httpx.HTTPError:
        return 0


async def _lines(response: httpx.Response) -> list[str]:
    return [line async for line in response.aiter_lines()]


async def test_it_says_so_then_serves_then_finishes_what_is_in_flight_and_streams_say_goodbye(
    database_url: str, redis_url: str
) -> None:
    port = free_port()
    # long enough to be met while it lasts, and for what is in flight then
    drains = {"TAPEDECK_HTTP__DRAIN_S": "6", "TAPEDECK_HTTP__GRACE_S": "120"}
    with _api(database_url, redis_url, port, **drains) as process:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as client:
            headers = await register_and_log_in(client)
            ledger = await open_ledger(client, headers)
            upload = {"file": ("book.csv", TRADEBOOK.read_bytes(), "text/csv")}
            await ledger.request("POST", f"/imports?accountId={ledger.account_id}", files=upload, expect=202)
            job = f"/api/v1/jobs/{(await ledger.only('/jobs'))['id']}/events"
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with closing(writer):
                async with client.stream("GET", job, headers=headers) as stream, asyncio.TaskGroup() as tasks:
                    reading = tasks.create_task(_lines(stream))
                    head = f"POST /api/v1/auth/register HTTP/1.1\r\nHost: x\r\nContent-Length: {len(PERSON)}\r\n"
                    writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode() + PERSON[:20])
                    await writer.drain()
                    process.send_signal(signal.SIGTERM)
                    # it says that it is about to end, and serves nevertheless
                    await asyncio.to_thread(until, lambda: _status(port, "/readyz") == 503, "readiness is over")
                    assert (await client.get("/api/v1/accounts", headers=headers)).status_code == 200
                    assert stream.status_code == 200
                    assert (await reading)[-3:-1] == ["event: goodbye", "data: {}"]
                    # it takes no more, and waits for what is in flight
                    await asyncio.to_thread(until, lambda: _status(port, "/livez") == 0, "it takes no more")
                    assert process.poll() is None
                    writer.write(PERSON[20:])
                    await writer.drain()
                    assert (await reader.readline()).startswith(b"HTTP/1.1 202")
        assert await asyncio.to_thread(process.wait, PATIENCE_S) == 0


async def test_without_a_wait_it_ends_at_once_and_a_second_signal_skips_the_wait(
    database_url: str, redis_url: str
) -> None:
    port = free_port()
    with _api(database_url, redis_url, port) as process:
        process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(process.wait, PATIENCE_S) == 0
    with _api(database_url, redis_url, port, TAPEDECK_HTTP__DRAIN_S="300") as process:
        process.send_signal(signal.SIGTERM)
        until(lambda: _status(port, "/readyz") == 503, "readiness is over")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, PATIENCE_S) == 0

"""The limit holds over the whole product: four API processes, real sockets, one user."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import msgspec
import pytest

from tests.processes import PATIENCE_S, talking
from tests.profiles import is_deep
from tests.served import register_and_log_in
from tests.sockets import free_port

pytestmark = pytest.mark.anyio

PROCESSES = 4
# the limiter alone meets 600 from each in every run: test_rate_limits.py
REQUESTS = 600 if is_deep() else 80
LIMIT = 100


@pytest.fixture
def addresses(database_url: str, redis_url: str) -> Iterator[list[str]]:
    """Where four API processes listen, which admit a hundred reads a day."""
    numbers = {"read": LIMIT, "write": 1_000, "heavy": 1_000, "sign_in": 1_000}
    environment = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "TAPEDECK_AUTH__KEYS": msgspec.json.encode([{"kid": "test", "secret": secrets.token_urlsafe(48)}]).decode(),
        "TAPEDECK_AUTH__HASH": '{"kind": "argon2id", "memory_kib": 8, "time_cost": 1}',
        "TAPEDECK_LIMITS__TIERS": msgspec.json.encode({"test": numbers}).decode(),
        "TAPEDECK_LIMITS__TIER": "test",
        "TAPEDECK_LIMITS__PERIOD_S": "86400",
        "TAPEDECK_LIMITS__PROCESSES": str(PROCESSES),
        "TAPEDECK_TELEMETRY__LOG_LEVEL": "warning",
    }
    with ExitStack() as stack:
        ports = [free_port() for _ in range(PROCESSES)]
        for port in ports:
            command = [sys.executable, "-m", "entrypoints.cli", "api"]
            stack.enter_context(talking(command, environment={**environment, "TAPEDECK_HTTP__PORT": str(port)}))
        yield [f"http://127.0.0.1:{port}" for port in ports]


async def until_it_lives(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await client.get("/livez")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return


async def statuses(client: httpx.AsyncClient, requests: int) -> Counter[int]:
    """Send so many reads, eight at a time; count the answers by status."""
    found: Counter[int] = Counter()

    async def one_after_the_other() -> None:
        for _ in range(requests // 8):
            found[(await client.get("/api/v1/users/me")).status_code] += 1

    await asyncio.gather(*(one_after_the_other() for _ in range(8)))
    return found


async def test_four_processes_answer_exactly_the_limit(addresses: list[str]) -> None:
    async with asyncio.TaskGroup() as group, httpx.AsyncClient(base_url=addresses[0]) as first:
        clients = [httpx.AsyncClient(base_url=address, timeout=PATIENCE_S) for address in addresses]
        await asyncio.gather(*(until_it_lives(client) for client in clients))
        headers = await register_and_log_in(first)
        for client in clients:
            client.headers.update(headers)
        asked = [group.create_task(statuses(client, REQUESTS)) for client in clients]
    counts = sum((task.result() for task in asked), Counter[int]())
    for client in clients:
        await client.aclose()
    assert counts == {200: LIMIT, 429: PROCESSES * REQUESTS - LIMIT}

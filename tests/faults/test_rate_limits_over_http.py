"""The limit holds over the whole product: four API processes, real sockets, one user."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack

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
CHANCES = 3


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
    """To the first user for whom the machine lets no process wait for Redis for too long; and to none of them more."""
    async with AsyncExitStack() as stack:
        clients = [
            # a connection that is idle for longer may be closed by either side while the other begins to use it
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=each, timeout=PATIENCE_S, limits=httpx.Limits(keepalive_expiry=1))
            )
            for each in addresses
        ]
        await asyncio.gather(*(until_it_lives(client) for client in clients))
        counts: list[Counter[int]] = []
        while not any(each[200] == LIMIT for each in counts):
            assert len(counts) < CHANCES, counts
            headers = await register_and_log_in(clients[0])
            for client in clients:
                client.headers.update(headers)
            found = await asyncio.gather(*(statuses(client, REQUESTS) for client in clients))
            counts.append(sum(found, Counter[int]()))
            assert counts[-1][200] <= LIMIT
    assert counts[-1] == {200: LIMIT, 429: PROCESSES * REQUESTS - LIMIT}

"""Living, ready and healthy are three questions."""

from __future__ import annotations

import httpx
import pytest

from tests.entrypoints.http.samples import assert_problem
from tests.entrypoints.http.toys import Toy

pytestmark = pytest.mark.anyio


async def test_a_process_lives_whatever_is_away(client: httpx.AsyncClient, toy: Toy) -> None:
    toy.database.is_up = toy.redis.is_up = False
    assert (await client.get("/livez")).json()["data"] == {"status": "alive"}


async def test_all_is_well(client: httpx.AsyncClient) -> None:
    report = (await client.get("/health")).json()["data"]
    assert report["status"] == "healthy"
    assert [part["name"] for part in report["dependencies"]] == ["database", "redis"]
    assert all(part["status"] == "up" and part["latencyMs"] >= 0 for part in report["dependencies"])
    assert (await client.get("/readyz")).status_code == 200


async def test_without_redis_the_service_is_degraded_and_ready(client: httpx.AsyncClient, toy: Toy) -> None:
    toy.redis.is_up = False
    report = (await client.get("/health")).json()["data"]
    assert report["status"] == "degraded"
    assert report["dependencies"][1]["problem"] == "The redis is away."
    assert (await client.get("/readyz")).status_code == 200


async def test_without_the_database_it_is_neither(client: httpx.AsyncClient, toy: Toy) -> None:
    toy.database.is_up = False
    assert (await client.get("/health")).json()["data"]["status"] == "unhealthy"
    assert_problem(await client.get("/readyz"), 503, "unavailable")

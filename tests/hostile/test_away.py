"""What cannot be served now is 503 with the time to wait, never a 500, and nothing of it is stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast, final

import httpx
import msgspec
import psycopg
import pytest
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from adapters.platform.cache.lane import Lane
from adapters.platform.database.engine import driver_url
from adapters.platform.limits.redis_limiter import RedisRateLimiter
from adapters.platform.resilience.failures import ProviderFailure, Reason, Unknown
from adapters.platform.resilience.policy import Terms
from adapters.platform.secret import Secret
from adapters.platform.settings import DatabaseSettings
from bootstrap import build
from entrypoints.http.app import create_app
from tests.processes import PATIENCE_S
from tests.served import Served, register_and_log_in, settings_for

pytestmark = pytest.mark.anyio

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
ACCOUNT = {"broker": "Zerodha", "label": "Long-term", "currency": "INR", "timeZone": "Asia/Kolkata"}
# as JSON gives it
Report: TypeAlias = Mapping[str, Any]


async def reported(client: httpx.AsyncClient, is_right: Callable[[Report], bool]) -> Report:
    """Return the report that is right; before it others may say of a server that it did not answer in time."""
    end = time.monotonic() + PATIENCE_S
    while True:
        report: Report = (await client.get("/health")).json()["data"]
        if is_right(report):
            return report
        assert time.monotonic() < end, report
        await asyncio.sleep(0.05)


async def test_a_database_that_is_away_is_503(redis_server: str) -> None:
    app = build(settings_for(NOWHERE, redis_server))
    served = Served(app, create_app(app))
    async with served.api.lifespan(), served.client() as client:
        body = {"email": "asha@example.com", "password": "violet kettle runs north"}
        for method, path in (("POST", "/api/v1/auth/login"), ("POST", "/api/v1/auth/register"), ("GET", "/readyz")):
            response = await client.request(method, path, json=body if method == "POST" else None)
            assert response.status_code == 503, response.text
            assert int(response.headers["retry-after"]) > 0
            assert response.json()["error"]["code"] == "unavailable"
            assert "127.0.0.1" not in response.text
        assert (await client.get("/livez")).status_code == 200
        expected = {"database": "down", "redis": "up", "limits": "up", "cache": "up"}
        report = await reported(client, lambda report: statuses(report) == expected)
    assert report["status"] == "unhealthy"


def statuses(report: Report) -> dict[str, str]:
    """Return how each dependency is; other processes may have told Redis how their feeds are."""
    return {part["name"]: part["status"] for part in report["dependencies"] if not part["name"].startswith("feed_")}


async def test_redis_that_is_away_only_degrades(database_url: str) -> None:
    app = build(settings_for(database_url, "redis://127.0.0.1:1"))
    served = Served(app, create_app(app))
    async with served.api.lifespan(), served.client() as client:
        client.headers.update(await register_and_log_in(client))
        assert (await client.post("/api/v1/accounts", json=ACCOUNT)).status_code == 201
        await reported(client, lambda report: report["status"] == "degraded")
        assert (await client.get("/readyz")).status_code == 200


async def test_a_provider_that_keeps_failing_has_a_line_in_the_report(database_url: str, redis_server: str) -> None:
    app = build(settings_for(database_url, redis_server))
    served = Served(app, create_app(app))
    async with served.api.lifespan(), served.client() as client:
        policy = app.platform.policies().policy("quotes", Terms(attempts=1, failures_to_open=1))

        async def fail() -> None:
            raise Unknown(Reason.SERVER_ERROR, "It failed.")

        await reported(client, lambda report: line_of("quotes", report) == ("healthy", "up", False))
        with pytest.raises(ProviderFailure):
            await policy.run(fail, may_repeat=True)
        await reported(client, lambda report: line_of("quotes", report) == ("degraded", "down", False))
        assert (await client.get("/readyz")).status_code == 200


def line_of(name: str, report: Report) -> tuple[str, str, bool]:
    """How all is, and how one dependency is, and whether it is essential."""
    line = next(part for part in report["dependencies"] if part["name"] == name)
    return report["status"], line["status"], line["isEssential"]


async def test_a_database_that_is_not_migrated_is_not_ready(empty_database_url: str, redis_server: str) -> None:
    app = build(settings_for(empty_database_url, redis_server))
    served = Served(app, create_app(app))
    async with served.api.lifespan(), served.client() as client:
        assert (await client.get("/readyz")).status_code == 503


async def test_a_statement_that_takes_too_long_is_503_and_stores_nothing(database_url: str, redis_server: str) -> None:
    settings = settings_for(database_url, redis_server)
    app = build(settings)
    patient = Served(app, create_app(app))
    app = build(
        msgspec.structs.replace(
            settings, database=DatabaseSettings(url=Secret(database_url), pool_size=2, statement_timeout_s=1)
        )
    )
    impatient = Served(app, create_app(app))
    plain = driver_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with (
        patient.api.lifespan(),
        impatient.api.lifespan(),
        patient.client() as client,
        impatient.client() as hasty,
    ):
        client.headers.update(await register_and_log_in(client))
        hasty.headers.update(client.headers)
        account = await client.post("/api/v1/accounts", json=ACCOUNT)
        location, etag = account.headers["location"], account.headers["etag"]
        with psycopg.connect(plain) as connection:
            connection.execute("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
            change = await hasty.patch(location, json={"label": "Changed"}, headers={"If-Match": etag})
            key = {"If-Match": etag, "Idempotency-Key": "once"}
            under_key = await hasty.patch(location, json={"label": "Changed"}, headers=key)
        assert change.status_code == under_key.status_code == 503, change.text
        assert change.headers["retry-after"]
        unchanged = await client.get(location)
        assert unchanged.json()["data"]["label"] == "Long-term"
        # the same request under the same key works once the trouble is over
        assert (await client.patch(location, json={"label": "Changed"}, headers=key)).status_code == 200


@final
class Lingering:
    """Whatever closes its connections is not answered in time."""

    def __init__(self) -> None:
        self.closed = 0

    async def aclose(self) -> None:
        """Count, and fail as the client of Redis does."""
        self.closed += 1
        raise RedisTimeoutError("Timed out closing connection.")


@final
class Closable:
    """Knows whether it was closed."""

    is_closed = False

    async def aclose(self) -> None:
        """Note it."""
        self.is_closed = True


async def test_a_redis_that_does_not_let_go_in_time_keeps_nothing_else_open(
    database_url: str, redis_server: str
) -> None:
    """A process ends in good order, though the last connections were closed by it alone."""
    app = build(settings_for(database_url, redis_server))
    lingering, closable = Lingering(), Closable()
    # of a client nothing but its end is asked for
    redis = cast("Redis", cast("object", lingering))
    for provider, instead in (
        (app.platform.redis, lingering),
        (app.platform.bus_redis, lingering),
        (app.platform.rate_limiter, RedisRateLimiter(redis)),
        (app.platform.cache_lane, Lane(redis)),
        (app.platform.public_http, closable),
    ):
        provider.override(instead)  # pyright: ignore[reportUnknownMemberType] - providers leave their types open
    async with app.lifespan():
        pass
    assert (lingering.closed, closable.is_closed) == (4, True)

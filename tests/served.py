"""The real application on real servers, in the process of the test: fixtures and first steps of a user."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import httpx
import pytest
from litestar import Litestar

from adapters.platform.secret import Secret
from adapters.platform.settings import (
    Argon2idHash,
    AuthSettings,
    DatabaseSettings,
    RedisSettings,
    Settings,
    SigningKey,
)
from bootstrap import App, build
from entrypoints.http.app import create_app
from tests.asgi import in_process

PASSWORD = "violet kettle runs north"
# as cheap as argon2 goes: tests sign in often
QUICK_HASH = Argon2idHash(memory_kib=8, time_cost=1)

RegisterUser: TypeAlias = Callable[[httpx.AsyncClient], Awaitable[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Served:
    """The App and the ASGI application on it."""

    app: App
    api: Litestar

    def client(self, **headers: str) -> httpx.AsyncClient:
        """Return a client that talks to the application without a network."""
        return httpx.AsyncClient(
            transport=in_process(self.api), base_url="http://tapedeck.test", headers=headers, timeout=60
        )


def settings_for(database_url: str, redis_url: str) -> Settings:
    """Return settings for these servers, with a key of their own."""
    key = SigningKey(kid="test", secret=Secret(secrets.token_urlsafe(48)))
    return Settings(
        # whoever has to wait is told to come again only where a test asks for that, not where the machine is slow
        database=DatabaseSettings(url=Secret(database_url), pool_size=5, pool_wait_s=50),
        redis=RedisSettings(url=Secret(redis_url)),
        auth=AuthSettings(keys=(key,), hash=QUICK_HASH),
    )


async def register_and_log_in(client: httpx.AsyncClient, email: str | None = None) -> dict[str, str]:
    """Register a new user and return the headers of their session."""
    address = email or f"trader-{secrets.token_hex(6)}@example.com"
    registered = await client.post("/api/v1/auth/register", json={"email": address, "password": PASSWORD})
    assert registered.is_success, registered.text
    logged_in = await client.post("/api/v1/auth/login", json={"email": address, "password": PASSWORD})
    assert logged_in.is_success, logged_in.text
    return {"Authorization": f"Bearer {logged_in.json()['data']['accessToken']}"}


@pytest.fixture(scope="module")
async def served(anyio_backend: str, database_url: str, redis_server: str) -> AsyncIterator[Served]:
    """The application on a database of this module, its lifespan running."""
    assert anyio_backend == "asyncio"
    app = build(settings_for(database_url, redis_server))
    api = create_app(app)
    async with api.lifespan():
        yield Served(app, api)


@pytest.fixture
async def client(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application that nobody has signed in to."""
    async with served.client() as client:
        yield client


@pytest.fixture
def register_user() -> RegisterUser:
    """A function: awaited with a client it makes a new user and returns the headers of their session."""
    return register_and_log_in

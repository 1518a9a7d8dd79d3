"""Identity over HTTP on real PostgreSQL, with a clock that the test moves and a Redis that is not there."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

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
from entrypoints.http.api import Parts, build_api
from entrypoints.http.identity.routes import ROUTES
from tests.asgi import in_process
from tests.fakes.platform import FakeClock

PASSWORD = "violet kettle runs north"
KEY = SigningKey(kid="one", secret=Secret("1" * 32))
# JSON as httpx gives it
Json = dict[str, Any]


@dataclass(slots=True)
class Server:
    """One process of the API."""

    app: App
    client: httpx.AsyncClient
    clock: FakeClock

    async def call(self, method: str, path: str, token: str = "", /, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own options
        """Send a request, with the access token if there is one."""
        headers: dict[str, str] = {**options.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **options)

    async def register(self, email: str | None = None, password: str = PASSWORD) -> str:
        """Register somebody and return their address."""
        address = email or f"trader-{secrets.token_hex(6)}@example.com"
        answer = await self.call("POST", "/auth/register", json={"email": address, "password": password})
        assert answer.status_code == 202, answer.text
        return address

    async def log_in(self, email: str, password: str = PASSWORD) -> Json:
        """Log in and return the tokens."""
        answer = await self.call("POST", "/auth/login", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        tokens: Json = answer.json()["data"]
        return tokens

    async def newcomer(self) -> Json:
        """Register somebody and return their tokens."""
        return await self.log_in(await self.register())

    async def refresh(self, token: str) -> httpx.Response:
        """Present a refresh token."""
        return await self.call("POST", "/auth/refresh", json={"refreshToken": token})

    async def is_let_in(self, token: str) -> bool:
        """Say whether the access token is still good."""
        return (await self.call("GET", "/users/me", token)).status_code == 200


@dataclass(slots=True)
class House:
    """Starts processes of the API on one database and one clock."""

    database_url: str
    stack: AsyncExitStack
    clock: FakeClock = field(default_factory=lambda: FakeClock(datetime(2026, 1, 31, 9, 15, tzinfo=UTC)))

    async def start(self, *, keys: Sequence[SigningKey] = (KEY,), hashing: Argon2idHash | None = None) -> Server:
        """Return another process."""
        app = build(
            Settings(
                # nobody is told to come again only because the machine is slow
                database=DatabaseSettings(url=Secret(self.database_url), pool_size=5, pool_wait_s=50),
                # Nothing of identity depends on Redis: all of these tests run without one.
                redis=RedisSettings(url=Secret("redis://no-such-host.invalid")),
                auth=AuthSettings(keys=tuple(keys), hash=hashing or Argon2idHash(memory_kib=64, time_cost=1)),
            )
        )
        # dependency-injector does not type what overrides a provider
        app.platform.clock.override(self.clock)  # pyright: ignore[reportUnknownMemberType] - as above
        return Server(app, await self.stack.enter_async_context(_client(app)), self.clock)


@asynccontextmanager
async def _client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    parts = Parts(
        clock=app.platform.clock(),
        ids=app.platform.ids(),
        authenticate=app.authenticate,
        replays=app.replays,
        providers=app.providers,
        probes=lambda: app.probes,
        lifespan=app.lifespan,
    )
    api = build_api(parts, ROUTES)
    transport = in_process(api)
    async with api.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://tapedeck.test") as client:
        yield client


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        yield House(database_url, stack)


@pytest.fixture
async def server(house: House) -> Server:
    return await house.start()

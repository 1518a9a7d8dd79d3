"""Requests a second over HTTP: a bare handler, the layers around it, reading 50 trades, and writing one.

Server and load share the machine, so the ratios to the bare handler of the same run are what counts. The server is
uvicorn with uvloop on the loopback device, in a process of its own; the load is sixteen connections that each send the
next request when the last is answered. Run it with `python benchmarks/http_api.py`; a file called `http` here would
hide the standard library's.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
import uvloop
from litestar import Litestar, get
from msgspec import Struct

from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.migrations.run import migrate
from adapters.platform.settings import AuthSettings, DatabaseSettings, RedisSettings, Secret, Settings, SigningKey
from bootstrap import App, build
from entrypoints.http.api import PREFIX, Parts, build_api
from entrypoints.http.app import create_app
from entrypoints.http.auth import PUBLIC
from entrypoints.http.jsons import Json, JsonObject
from entrypoints.http.operations import RateClass
from entrypoints.http.protocol import GuardedProtocol
from entrypoints.http.rate_limits import LimitRules, RateLimits

CONNECTIONS: Final = 16
SECONDS: Final = 4.0
TRADES: Final = 50
LOOPBACK: Final = "127.0.0.1"


class Bare(Struct):
    """What the bare handler answers."""

    status: str = "ok"


@get("/bare", sync_to_thread=False, opt=PUBLIC)
def read_bare() -> Bare:
    """Answer at once."""
    return Bare()


def bare() -> Litestar:
    """Return an application with one handler and nothing around it."""
    return Litestar([read_bare], openapi_config=None, logging_config=None)


def layered(settings: Settings, *, is_limited: bool) -> Litestar:
    """Return an application with the bare handler inside the layers of the API, with or without a limit."""
    app = full_app(settings)
    rules = LimitRules(period_s=60, tier="bench", tiers={"bench": dict.fromkeys(RateClass, 10_000_000)})
    parts = Parts(
        clock=app.platform.clock(),
        ids=app.platform.ids(),
        authenticate=app.authenticate,
        replays=app.replays,
        providers={},
        probes=tuple,
        lifespan=app.lifespan,
        limits=RateLimits(app.rate_limiter, rules) if is_limited else None,
    )
    return build_api(parts, [read_bare])


def full(settings: Settings) -> Litestar:
    """Return the whole application, with its log as in production and nobody who reads it."""
    return create_app(full_app(settings))


def full_app(settings: Settings) -> App:
    """Return the wired application, whose log nobody reads."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    app = build(settings)
    app.platform.configure_logging()
    return app


def serve(make: Callable[[], Litestar], listener: socket.socket) -> None:
    """Serve until the process is ended."""
    config = uvicorn.Config(
        make(), loop="uvloop", http=GuardedProtocol, log_config=None, access_log=False, server_header=False
    )
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def served(make: Callable[[], Litestar]) -> Iterator[int]:
    """Serve in another process for the length of the block; yield the port."""
    with socket.create_server((LOOPBACK, 0), backlog=128) as listener:
        port: int = listener.getsockname()[1]
        process = multiprocessing.get_context("fork").Process(target=serve, args=(make, listener))
        process.start()
        try:
            yield port
        finally:
            process.terminate()
            process.join()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    @property
    def data(self) -> JsonObject:
        """The data of a success."""
        decoded: Json = json.loads(self.body)
        assert isinstance(decoded, dict)  # noqa: S101 - a benchmark of failures would mean nothing
        data = decoded["data"]
        assert isinstance(data, dict)  # noqa: S101 - as above
        return data


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection that is kept open."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, request: bytes) -> Answer:
        """Send a request and read its answer."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        at = head.lower().index(b"content-length:") + len(b"content-length:")
        length = int(head[at : head.index(b"\r\n", at)])
        return Answer(int(head[9:12]), await self.reader.readexactly(length))


def request(method: str, path: str, body: Json = None, token: str = "") -> bytes:
    """Write a request as it goes over the wire."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(content)}"]
    if body is not None:
        lines.append("Content-Type: application/json")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*lines, "", ""]).encode() + content


async def connect(port: int) -> Connection:
    """Open a connection."""
    return Connection(*await asyncio.open_connection(LOOPBACK, port))


async def load(port: int, make: Callable[[int], bytes], expect: int) -> float:
    """Return the requests a second that all connections together get answered."""
    end = time.perf_counter() + SECONDS
    count = 0

    async def client(number: int) -> None:
        nonlocal count
        connection = await connect(port)
        while time.perf_counter() < end:
            answer = await connection.send(make(number))
            if answer.status != expect:
                raise RuntimeError(f"{answer.status}: {answer.body[:300]!r}")
            count += 1
        connection.writer.close()

    begin = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(CONNECTIONS)))
    return count / (time.perf_counter() - begin)


def trade(account_id: Json, symbol: str) -> JsonObject:
    """Return a trade to record."""
    return {
        "accountId": account_id,
        "instrument": {"symbol": symbol, "exchange": "NSE", "segment": "equity", "currency": "INR"},
        "side": "buy",
        "quantity": "10",
        "price": "1500.5",
        "fees": {"brokerage": "20", "tax": "1.25"},
        "executedAt": "2026-01-30T09:15:00+05:30",
    }


async def measure_bare(port: int, prefix: str = "") -> float:
    """Measure the bare handler."""
    await load(port, lambda _: request("GET", f"{prefix}/bare"), 200)
    return await load(port, lambda _: request("GET", f"{prefix}/bare"), 200)


async def measure_app(port: int) -> tuple[float, float, float, float]:
    """Measure the layers alone, reading 50 trades, and recording trades: to an account per connection, and to one."""
    connection = await connect(port)
    layers = await load(port, lambda _: request("GET", "/livez"), 200)
    who: JsonObject = {"email": f"{secrets.token_hex(6)}@example.com", "password": "violet kettle runs north"}
    await connection.send(request("POST", "/api/v1/auth/register", who))
    token = str((await connection.send(request("POST", "/api/v1/auth/login", who))).data["accessToken"])

    async def open_account(label: str) -> Json:
        body: JsonObject = {"broker": "Zerodha", "label": label, "currency": "INR", "timeZone": "Asia/Kolkata"}
        return (await connection.send(request("POST", "/api/v1/accounts", body, token))).data["id"]

    read = await open_account("Read")
    for number in range(TRADES):
        await connection.send(request("POST", "/api/v1/trades", trade(read, f"SYM{number}"), token))
    reading = request("GET", f"/api/v1/trades?limit={TRADES}&accountId={read}", token=token)
    reads = await load(port, lambda _: reading, 200)
    accounts = [await open_account(f"Write {number}") for number in range(CONNECTIONS)]
    apart = [request("POST", "/api/v1/trades", trade(account, "INFY"), token) for account in accounts]
    writes = await load(port, lambda number: apart[number], 201)
    together = request("POST", "/api/v1/trades", trade(await open_account("One"), "INFY"), token)
    contended = await load(port, lambda _: together, 201)
    return layers, reads, writes, contended


def main() -> None:
    """Start the servers, measure, print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = EmbeddedPostgres(
            folder / "postgres", sockets=socket_folder(folder), password=secrets.token_urlsafe(), throwaway=True
        )
        cache = EmbeddedValkey(folder / "valkey", sockets=socket_folder(folder), password=secrets.token_urlsafe())
        with running(database, folder / "postgres.log"), running(cache, folder / "valkey.log"):
            migrate(database.url)
            key = SigningKey(kid="bench", secret=Secret(secrets.token_urlsafe(48)))
            settings = Settings(
                database=DatabaseSettings(url=Secret(database.url), pool_size=CONNECTIONS),
                redis=RedisSettings(url=Secret(cache.url)),
                auth=AuthSettings(keys=(key,)),
            )
            with served(bare) as port:
                floor = uvloop.run(measure_bare(port))
            with served(lambda: layered(settings, is_limited=False)) as port:
                unlimited = uvloop.run(measure_bare(port, PREFIX))
            with served(lambda: layered(settings, is_limited=True)) as port:
                limited = uvloop.run(measure_bare(port, PREFIX))
            with served(lambda: full(settings)) as port:
                layers, reads, writes, contended = uvloop.run(measure_app(port))
    print(f"{CONNECTIONS} connections, {SECONDS:g} s each; one server process on uvicorn")
    for what, rate in (
        ("a bare Litestar handler", floor),
        ("the same inside the API's layers", unlimited),
        ("and with its limit counted in Redis", limited),
        ("all layers around nothing: /livez", layers),
        (f"read {TRADES} trades, authenticated", reads),
        ("record a trade, 16 positions", writes),
        ("record a trade, one position", contended),
    ):
        print(f"{what:<36} {rate:>9,.0f} requests/s  {rate / floor:>6.3f} of bare")


if __name__ == "__main__":
    main()

"""Requests a second over HTTP: a bare handler, the layers around it, a kept answer, reading 50 trades, and writing one.

Server and load share the machine, so the ratios to the bare handler are what counts: everything is measured in turns,
round after round, and each ratio is the median of those within a round. The time of the processor that the server's
process took for a request is told beside the requests a second, as others on the machine hardly change it. Servers are
uvicorn with uvloop on the loopback device, each in a process of its own; the load is sixteen connections that each send
the next request when the last is answered. Run it with `python benchmarks/http_api.py`, optionally with the number of
rounds; a file called `http` here would hide the standard library's.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import secrets
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import uvicorn
import uvloop
from litestar import Litestar, get
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.migrations.run import migrate
from adapters.platform.secret import Secret
from adapters.platform.settings import (
    AuthSettings,
    ConsoleTraces,
    DatabaseSettings,
    RedisSettings,
    Settings,
    SigningKey,
    TelemetrySettings,
)
from bootstrap import App, build
from entrypoints.collector import calm_collector
from entrypoints.http.api import PREFIX, Parts, build_api
from entrypoints.http.app import create_app
from entrypoints.http.auth import PUBLIC
from entrypoints.http.jsons import Json, JsonObject
from entrypoints.http.operations import RateClass
from entrypoints.http.protocol import GuardedProtocol
from entrypoints.http.rate_limits import LimitRules, RateLimits

CONNECTIONS: Final = 16
SECONDS: Final = 2.0
ROUNDS: Final = 5
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


def layered(
    settings: Settings, *, is_limited: bool, routes: Sequence[ControllerRouterHandler] = (read_bare,)
) -> Litestar:
    """Return an application with these handlers inside the layers of the API, with or without a limit."""
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
        telemetry=app.platform.requests(),
    )
    return build_api(parts, routes)


def full(settings: Settings) -> Litestar:
    """Return the whole application, with its log as in production and nobody who reads it."""
    return create_app(full_app(settings))


def full_app(settings: Settings) -> App:
    """Return the wired application, whose log nobody reads."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    app = build(settings)
    app.platform.configure_logging()
    return app


def serve(make: Callable[[], object], listener: socket.socket) -> None:
    """Serve until the process is ended."""
    config = uvicorn.Config(
        cast("Any", make()),  # uvicorn describes ASGI in words of its own
        loop="uvloop",
        http=GuardedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    calm_collector()
    uvicorn.Server(config).run(sockets=[listener])


@dataclass(frozen=True, slots=True)
class Server:
    """A server in a process of its own."""

    port: int
    pid: int

    @property
    def processor_s(self) -> float:
        """The seconds of processor that it has taken so far, with its threads."""
        # the second field is the program's name in brackets, and may hold anything
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(make: Callable[[], object]) -> Iterator[Server]:
    """Serve in another process for the length of the block."""
    with socket.create_server((LOOPBACK, 0), backlog=128) as listener:
        process = multiprocessing.get_context("fork").Process(target=serve, args=(make, listener))
        process.start()
        pid = process.pid
        if pid is None:
            raise RuntimeError("a process that was started has an id")
        try:
            yield Server(listener.getsockname()[1], pid)
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


@dataclass(frozen=True, slots=True)
class Course:
    """What is asked of which server, by each connection for itself, and how it answers."""

    server: Server
    requests: Sequence[bytes]
    expect: int = 200


@dataclass(frozen=True, slots=True)
class Lap:
    """Requests answered a second, and the server's microseconds of processor for each."""

    rate: float
    processor_us: float


async def lap(course: Course) -> Lap:
    """Let all connections together ask for as long as a lap takes."""
    count = 0

    async def client(request: bytes) -> None:
        nonlocal count
        connection = await connect(course.server.port)
        while time.perf_counter() < end:
            answer = await connection.send(request)
            if answer.status != course.expect:
                raise RuntimeError(f"{answer.status}: {answer.body[:300]!r}")
            count += 1
        connection.writer.close()

    worked, begin = course.server.processor_s, time.perf_counter()
    end = begin + SECONDS
    await asyncio.gather(*(client(course.requests[n % len(course.requests)]) for n in range(CONNECTIONS)))
    return Lap(count / (time.perf_counter() - begin), (course.server.processor_s - worked) / count * 1e6)


async def race(courses: Mapping[str, Course], rounds: int) -> None:
    """Measure all in turns, round after round, and print how they compare to the first."""
    for course in courses.values():
        await lap(course)  # until it is warm
    laps = [{what: await lap(course) for what, course in courses.items()} for _ in range(rounds)]
    floor = next(iter(courses))
    print(f"{CONNECTIONS} connections, {SECONDS:g} s each, medians of {rounds} rounds; one server process on uvicorn")
    for what in courses:
        rates, times = [each[what].rate for each in laps], [each[what].processor_us for each in laps]
        of_rate = statistics.median(each[what].rate / each[floor].rate for each in laps)
        of_time = statistics.median(each[floor].processor_us / each[what].processor_us for each in laps)
        print(
            f"{what:<36} {statistics.median(rates):>8,.0f} requests/s {of_rate:>6.3f} of the first"
            f" {statistics.median(times):>8,.0f} us of processor {of_time:>6.3f}"
        )


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


async def sign_in(server: Server) -> str:
    """Register somebody and return their token."""
    who: JsonObject = {"email": f"{secrets.token_hex(6)}@example.com", "password": "violet kettle runs north"}
    connection = await connect(server.port)
    await connection.send(request("POST", "/api/v1/auth/register", who))
    token = str((await connection.send(request("POST", "/api/v1/auth/login", who))).data["accessToken"])
    connection.writer.close()
    return token


async def open_account(server: Server, token: str, label: str) -> str:
    """Open an account of this name and return its id."""
    body: JsonObject = {"broker": "Zerodha", "label": label, "currency": "INR", "timeZone": "Asia/Kolkata"}
    connection = await connect(server.port)
    opened = await connection.send(request("POST", "/api/v1/accounts", body, token))
    connection.writer.close()
    return str(opened.data["id"])


async def open_account_with_trades(server: Server, token: str) -> str:
    """Open an account with 50 trades and return its id."""
    account = await open_account(server, token, "Read")
    connection = await connect(server.port)
    for number in range(TRADES):
        await connection.send(request("POST", "/api/v1/trades", trade(account, f"SYM{number}"), token))
    connection.writer.close()
    return account


async def measure(floor: Server, unlimited: Server, limited: Server, app: Server, rounds: int) -> None:
    """Race the bare handler, the layers, and what the whole application does."""
    token = await sign_in(app)
    read = await open_account_with_trades(app, token)
    accounts = [await open_account(app, token, f"Write {number}") for number in range(CONNECTIONS)]
    apart = [request("POST", "/api/v1/trades", trade(account, "INFY"), token) for account in accounts]
    together = request("POST", "/api/v1/trades", trade(await open_account(app, token, "One"), "INFY"), token)
    kept = request("GET", "/api/v1/exchange-rates?base=GBP&quote=USD&date=2024-01-05", token=token)
    reading = request("GET", f"/api/v1/trades?limit={TRADES}&accountId={read}", token=token)
    layered_bare = [request("GET", f"{PREFIX}/bare")]
    await race(
        {
            "a bare Litestar handler": Course(floor, [request("GET", "/bare")]),
            "the same inside the API's layers": Course(unlimited, layered_bare),
            "and with its limit counted in Redis": Course(limited, layered_bare),
            "all layers around nothing: /livez": Course(app, [request("GET", "/livez")]),
            "a kept answer, authenticated": Course(app, [kept]),
            f"read {TRADES} trades, authenticated": Course(app, [reading]),
            "record a trade, 16 positions": Course(app, apart, 201),
            "record a trade, one position": Course(app, [together], 201),
        },
        rounds,
    )


@contextmanager
def servers() -> Iterator[Settings]:
    """Run PostgreSQL and Valkey for the length of the block; yield settings for them."""
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
                # one trace in ten is recorded and written where nobody reads it
                telemetry=TelemetrySettings(traces=ConsoleTraces(), sampled=0.1),
            )
            yield settings


def main(arguments: list[str]) -> None:
    """Start the servers, measure, print."""
    rounds = int(arguments[0]) if arguments else ROUNDS
    with servers() as settings, ExitStack() as stack:
        floor = stack.enter_context(served(bare))
        unlimited = stack.enter_context(served(lambda: layered(settings, is_limited=False)))
        limited = stack.enter_context(served(lambda: layered(settings, is_limited=True)))
        app = stack.enter_context(served(lambda: full(settings)))
        uvloop.run(measure(floor, unlimited, limited, app, rounds))


if __name__ == "__main__":
    main(sys.argv[1:])

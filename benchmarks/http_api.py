"""Requests a second over HTTP: a bare handler, the layers around it, a kept answer, reading 50 trades, and writing one.

Server and load share the machine, so the ratios to the bare handler of the same run are what counts. The server is
uvicorn with uvloop on the loopback device, in a process of its own; the load is sixteen connections that each send the
next request when the last is answered. Run it with `python benchmarks/http_api.py`; a file called `http` here would
hide the standard library's.
"""

from __future__ import annotations

import asyncio
import base64
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
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
import psycopg
import uvicorn
import uvloop
from litestar import Litestar, Response, get
from litestar.params import FromPath
from msgspec import Struct
from psycopg.rows import TupleRow

from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.migrations.run import migrate
from adapters.platform.settings import AuthSettings, DatabaseSettings, RedisSettings, Secret, Settings, SigningKey
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
SECONDS: Final = 4.0
TRADES: Final = 50
LOOPBACK: Final = "127.0.0.1"


_TRADES: Final = (
    "SELECT x.id, x.account_id, x.side, x.quantity, x.price, x.fees, x.fees_total, x.executed_at, x.sequence,"
    " x.settlement_date, x.category, x.strategy, x.tags, x.notes, x.attachments, x.broker_trade_id, x.broker_order_id,"
    " x.import_id, x.version, x.created_at, x.updated_at, x.voided_at, x.void_reason, x.lot_selection, i.id, i.symbol,"
    " i.exchange, i.segment, i.currency, i.multiplier, i.tick_size, i.lot_size, i.isin"
    " FROM trades x JOIN instruments i ON i.organisation_id = x.organisation_id AND i.id = x.instrument_id"
    " WHERE x.account_id = %s ORDER BY x.executed_at DESC, x.id DESC LIMIT %s"
)


class Row(Struct):
    """A trade with its instrument as the driver gives them."""

    id: UUID
    account_id: UUID
    side: str
    quantity: Decimal
    price: Decimal
    fees: dict[str, str]
    fees_total: Decimal
    executed_at: datetime
    sequence: int
    settlement_date: date | None
    category: str | None
    strategy: str | None
    tags: list[str]
    notes: str | None
    attachments: list[str]
    broker_trade_id: str | None
    broker_order_id: str | None
    import_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    voided_at: datetime | None
    void_reason: str | None
    lot_selection: list[list[str]] | None
    instrument_id: UUID
    symbol: str
    exchange: str
    segment: str
    currency: str
    multiplier: Decimal
    tick_size: Decimal | None
    lot_size: Decimal | None
    isin: str | None


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


def driven(settings: Settings) -> Litestar:
    """Return an application that reads trades with the bare driver and encodes them, with nothing else around it."""
    database = settings.database.url.reveal()
    pool: list[psycopg.AsyncConnection[TupleRow]] = []

    async def read(organisation_id: FromPath[UUID], account_id: FromPath[UUID]) -> Response[bytes]:
        # the session is the organisation's from the start, which saves the driver what the API must say every time
        options = f"-c role=tapedeck_app -c app.organisation_id={organisation_id}"
        connect = partial(psycopg.AsyncConnection.connect, database, autocommit=True, options=options)
        connection = pool.pop() if pool else await connect()
        async with connection.cursor() as cursor:
            await cursor.execute(_TRADES, (account_id, TRADES))
            rows = [Row(*row) for row in await cursor.fetchall()]
        pool.append(connection)
        return Response(msgspec.json.encode(rows), media_type="application/json")

    return Litestar(
        [get("/trades/{organisation_id:uuid}/{account_id:uuid}")(read)], openapi_config=None, logging_config=None
    )


def serve(make: Callable[[], Litestar], listener: socket.socket) -> None:
    """Serve until the process is ended."""
    config = uvicorn.Config(
        make(), loop="uvloop", http=GuardedProtocol, log_config=None, access_log=False, server_header=False
    )
    calm_collector()
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


async def measure_kept(port: int) -> float:
    """Measure a kept answer: authenticated, limited, numbered, traced and counted."""
    who: JsonObject = {"email": f"{secrets.token_hex(6)}@example.com", "password": "violet kettle runs north"}
    connection = await connect(port)
    await connection.send(request("POST", "/api/v1/auth/register", who))
    token = str((await connection.send(request("POST", "/api/v1/auth/login", who))).data["accessToken"])
    reading = request("GET", "/api/v1/exchange-rates?base=GBP&quote=USD&date=2024-01-05", token=token)
    await load(port, lambda _: reading, 200)
    return await load(port, lambda _: reading, 200)


async def measure_driver(port: int, account: str) -> float:
    """Measure the bare driver."""
    reading = request("GET", f"/trades/{account}")
    first = await (await connect(port)).send(reading)
    if len(msgspec.json.decode(first.body, type=list[Row])) != TRADES:
        raise RuntimeError("the bare driver reads something else")
    await load(port, lambda _: reading, 200)
    return await load(port, lambda _: reading, 200)


async def measure_app(port: int) -> tuple[float, float, float, float, str]:
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
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return layers, reads, writes, contended, f"{claims['org']}/{read}"


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
                kept = uvloop.run(measure_kept(port))
                layers, reads, writes, contended, account = uvloop.run(measure_app(port))
            with served(lambda: driven(settings)) as port:
                driver = uvloop.run(measure_driver(port, account))
            with served(bare) as port:
                floor = (floor + uvloop.run(measure_bare(port))) / 2
    print(f"{CONNECTIONS} connections, {SECONDS:g} s each; one server process on uvicorn")
    for what, rate in (
        ("a bare Litestar handler", floor),
        ("the same inside the API's layers", unlimited),
        ("and with its limit counted in Redis", limited),
        ("all layers around nothing: /livez", layers),
        ("a kept answer, authenticated", kept),
        (f"read {TRADES} rows with the bare driver", driver),
        (f"read {TRADES} trades, authenticated", reads),
        ("record a trade, 16 positions", writes),
        ("record a trade, one position", contended),
    ):
        print(f"{what:<36} {rate:>9,.0f} requests/s  {rate / floor:>6.3f} of bare")
    print(f"{f'reading {TRADES} trades, of the bare driver':<36} {reads / driver:>9.3f}")


if __name__ == "__main__":
    main()

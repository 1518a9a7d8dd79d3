"""What traders do, all at once: so many requests a second over every process of this machine, and how long each takes.

The API runs in as many processes as there are cores, on one socket, with a worker and a scheduler beside it, over
servers that sync to disk. Requests are due at a steady rate, whether or not earlier ones were answered, and the time of
each counts from when it was due; a rate is given up once the requests of two seconds wait, as it is not sustained then.
The load shares the machine. The wanted rate comes first; where p95 is 200 ms or more, or anything fails, a lower one
follows, down to what the machine sustains. Run it with `python benchmarks/journeys.py`, optionally with the rate to
begin with.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvloop

from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.embedded.valkey import EmbeddedValkey
from adapters.platform.migrations.run import migrate
from entrypoints.http.jsons import Json, JsonObject

RATES: Final = (2000, 1500, 1200, 1000, 800, 600, 450, 300, 200, 100)
SECONDS: Final = 8.0
LONGEST_P95_MS: Final = 200.0
MOST_BEHIND_S: Final = 2
TRADERS: Final = 8
TRADES: Final = 60
CONNECTIONS: Final = 64
LOOPBACK: Final = "127.0.0.1"
_OK: Final = frozenset({200, 201})


@dataclass(frozen=True, slots=True)
class Trader:
    """Who asks, and for which account."""

    token: str
    account_id: str

    def request(self, method: str, path: str, body: Json = None) -> bytes:
        """Write a request as it goes over the wire."""
        return _wire(method, path, body, self.token)

    def record(self, number: int) -> bytes:
        """Write the request that records a trade."""
        return self.request("POST", "/trades", self.trade(number))

    def trade(self, number: int) -> JsonObject:
        """Return a trade to record, a minute after the one before."""
        executed_at = f"2026-02-{number // 1440 % 28 + 1:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"
        return {
            "accountId": self.account_id,
            "instrument": {
                "symbol": f"SYM{number % 20}",
                "exchange": "NSE",
                "segment": "equity",
                "currency": "INR",
            },
            "side": "sell" if number % 3 == 0 else "buy",
            "quantity": "10",
            "price": "1500.5",
            "fees": {"brokerage": "20"},
            "executedAt": executed_at,
        }


def _wire(method: str, path: str, body: Json = None, token: str = "") -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} /api/v1{path} HTTP/1.1", "Host: bench", f"Content-Length: {len(content)}"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Idempotency-Key: {secrets.token_hex(8)}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*lines, "", ""]).encode() + content


def mix(traders: Sequence[Trader]) -> Iterator[bytes]:
    """Yield requests for ever, in the shares in which people look at their books and write to them."""
    chance, numbers = random.Random(1), itertools.count(TRADES)  # noqa: S311 - it picks requests
    acts: list[Callable[[Trader], bytes]] = [
        lambda who: who.request("GET", f"/trades?limit=50&accountId={who.account_id}"),
        lambda who: who.request("GET", f"/positions?accountId={who.account_id}"),
        lambda who: who.request("GET", f"/pnl?accountId={who.account_id}"),
        lambda who: who.request("GET", "/accounts"),
        lambda who: who.request("GET", "/users/me"),
        lambda who: who.request("GET", "/cash-balances"),
        lambda who: who.record(next(numbers)),
    ]
    shares = (5, 5, 2, 2, 3, 1, 2)
    while True:
        yield chance.choices(acts, shares)[0](chance.choice(traders))


@dataclass(slots=True)
class Connection:
    """One connection that is kept open."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; return status and body of its answer."""
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        at = head.index(b"content-length:") + len(b"content-length:")
        return int(head[9:12]), await self.reader.readexactly(int(head[at : head.index(b"\r\n", at)]))


@dataclass(slots=True)
class Result:
    """What came of one rate: milliseconds from when each request was due, and how the answers were."""

    rate: int
    times: list[float] = field(default_factory=list[float])
    answers: Counter[int] = field(default_factory=Counter[int])
    seconds: float = 0.0
    fell_behind: bool = False

    @property
    def errors(self) -> int:
        """How many were not answered as they should."""
        return sum(count for status, count in self.answers.items() if status not in _OK)

    @property
    def p95(self) -> float:
        """The time within which all but one in twenty were answered."""
        return statistics.quantiles(self.times, n=100)[94]

    @property
    def holds(self) -> bool:
        """Whether the rate is sustained."""
        return self.p95 < LONGEST_P95_MS and not self.errors and not self.fell_behind

    def __str__(self) -> str:
        """Put it on one line."""
        cuts = statistics.quantiles(self.times, n=100)
        return (
            f"{self.rate:>5} requests/s due: {len(self.times) / self.seconds:>7,.0f}/s answered, "
            f"p50 {cuts[49]:>6,.0f} ms, p95 {cuts[94]:>6,.0f} ms, p99 {cuts[98]:>6,.0f} ms, {self.errors} errors"
            f"{''.join(f' ({count} x {status})' for status, count in self.answers.items() if status not in _OK)}"
            f"{', given up' if self.fell_behind else ''}"
        )


async def measure(port: int, rate: int, requests: Iterator[bytes]) -> Result:
    """Send requests at the rate for a while, over all connections; wait for the last."""
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    result = Result(rate)

    async def answer() -> None:
        connection = Connection(*await asyncio.open_connection(LOOPBACK, port))
        while (waiting := await due.get()) is not None:
            at, request = waiting
            status, _ = await connection.send(request)
            result.times.append(1000 * (time.perf_counter() - at))
            result.answers[status] += 1
        connection.writer.close()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(CONNECTIONS):
            tasks.create_task(answer())
        begin = time.perf_counter()
        for number in range(int(rate * SECONDS)):
            if due.qsize() > rate * MOST_BEHIND_S:
                result.fell_behind = True
                break
            at = begin + number / rate
            if (wait := at - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            due.put_nowait((at, next(requests)))
        for _ in range(CONNECTIONS):
            due.put_nowait(None)
    result.seconds = time.perf_counter() - begin
    return result


async def new_trader(port: int) -> Trader:
    """Register somebody who has an account with some trades."""
    connection = Connection(*await asyncio.open_connection(LOOPBACK, port))

    async def ask(request: bytes, member: str) -> str:
        status, body = await connection.send(request)
        if status not in _OK | {202}:
            raise RuntimeError(f"{status}: {body[:300]!r}")
        return str(json.loads(body).get("data", {}).get(member, ""))

    who: JsonObject = {"email": f"{secrets.token_hex(6)}@example.com", "password": "violet kettle runs north"}
    await ask(_wire("POST", "/auth/register", who), "id")
    token = await ask(_wire("POST", "/auth/login", who), "accessToken")
    account: JsonObject = {"broker": "Zerodha", "label": "Main", "currency": "INR", "timeZone": "Asia/Kolkata"}
    trader = Trader(token, await ask(_wire("POST", "/accounts", account, token), "id"))
    trades: JsonObject = {"trades": [trader.trade(number) for number in range(TRADES)]}
    await ask(_wire("POST", "/trades/bulk", trades, token), "id")
    connection.writer.close()
    return trader


async def until_it_answers(port: int) -> None:
    """Return when the API is ready."""
    async with asyncio.timeout(60):
        while True:
            try:
                connection = Connection(*await asyncio.open_connection(LOOPBACK, port))
                status, _ = await connection.send(b"GET /readyz HTTP/1.1\r\nHost: bench\r\n\r\n")
                connection.writer.close()
            except OSError:
                status = 0
            if status in _OK:
                return
            await asyncio.sleep(0.05)


async def find_rate(port: int, rates: Sequence[int]) -> None:
    """Print what each rate gives, down to the first that is sustained."""
    await until_it_answers(port)
    traders = [await new_trader(port) for _ in range(TRADERS)]
    requests = mix(traders)
    await measure(port, 100, requests)  # until everything is warm
    for rate in rates:
        result = await measure(port, rate, requests)
        print(result)
        if result.holds:
            print(f"sustained: {rate} requests/s with p95 {result.p95:.0f} ms and no errors")
            return
    print(f"not even {rates[-1]} requests/s are sustained")


@contextmanager
def process(*arguments: str, environment: dict[str, str], inherits: Sequence[int] = ()) -> Iterator[None]:
    """Run one of our own processes for the block."""
    command = [sys.executable, "-m", "entrypoints.cli", *arguments]
    with subprocess.Popen(command, env=environment, pass_fds=inherits, stderr=subprocess.DEVNULL) as child:  # noqa: S603 - it runs what this repository holds
        try:
            yield
        finally:
            child.terminate()


def main(arguments: list[str]) -> None:
    """Start everything and measure."""
    first = int(arguments[0]) if arguments else RATES[0]
    processes = os.cpu_count() or 1
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tapedeck-journeys-")))
        sockets = socket_folder(folder)
        postgres = EmbeddedPostgres(folder / "postgres", sockets=sockets, password=secrets.token_urlsafe())
        valkey = EmbeddedValkey(folder / "valkey", sockets=sockets, password=secrets.token_urlsafe())
        stack.enter_context(running(postgres, folder / "postgres.log"))
        stack.enter_context(running(valkey, folder / "valkey.log"))
        migrate(postgres.url)
        numbers = dict.fromkeys(("read", "write", "heavy", "sign_in"), 10_000_000)
        environment = os.environ | {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "TAPEDECK_AUTH__KEYS": json.dumps([{"kid": "bench", "secret": secrets.token_urlsafe(48)}]),
            "TAPEDECK_LIMITS__TIERS": json.dumps({"bench": numbers}),
            "TAPEDECK_LIMITS__TIER": "bench",
            "TAPEDECK_LIMITS__PROCESSES": str(processes),
        }
        listener = stack.enter_context(socket.create_server((LOOPBACK, 0), backlog=512))
        for _ in range(processes):
            api = process("api", "--fd", str(listener.fileno()), environment=environment, inherits=[listener.fileno()])
            stack.enter_context(api)
        for role in ("worker", "scheduler"):
            stack.enter_context(process(role, environment=environment))
        print(f"{processes} API processes on {processes} cores, which the load shares; {SECONDS:g} s each")
        uvloop.run(find_rate(listener.getsockname()[1], [first, *(rate for rate in RATES if rate < first)]))


if __name__ == "__main__":
    main(sys.argv[1:])

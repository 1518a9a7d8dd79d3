"""The stream on the server that `tapedeck api` runs: what a delivery costs beside a raw ASGI socket in the same run.

Printed are deliveries for each second of the server's processor, of a raw application that only sends the same frames
to the same clients, of the hub, and of two processes with the hub at once; the memory of a connection; the time from
ticks to clients at half of what the hub can do; and ten thousand connections that follow ten symbols each.

What two processes do together is their deliveries for each second that one of them computes: on a machine whose cores
the clients share as well, no clock on the wall shows what two cores of their own would do. Clients are bare sockets in
two processes. Most are read a few times a second, so that reading costs next to nothing; fifty are read at once, and
tell how late ticks are. How busy both are is printed, and how many of the wanted ticks there were. The bus is a
generator in the server, so that its cost is in neither. Run it with `python benchmarks/stream.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, cast
from uuid import UUID

import uvicorn
import uvloop

from adapters.platform.clock import SystemClock
from adapters.platform.ids import Uuid7Factory
from application.identity.streams import StreamPass
from application.market_data.live.ports import LiveTick, TickListener
from application.shared.user_events import UserEvent, UserEventHeads, UserEventQueries
from domain.identity.secrets import AccessToken
from domain.shared.access import Actor, Scope
from domain.shared.ids import OrganisationId, SessionId, UserId
from entrypoints.collector import calm_collector
from entrypoints.http.protocol import GuardedProtocol
from entrypoints.http.sockets import GuardedSocket
from entrypoints.websocket.endpoint import StreamEndpoint
from entrypoints.websocket.fanout import Fanout
from entrypoints.websocket.frames import update_frame
from entrypoints.websocket.limits import StreamLimits
from entrypoints.websocket.streams import Doors, Streams
from entrypoints.websocket.user_feeds import UserFeeds

CLIENTS: Final = 1_000
MANY: Final = 10_000
SECONDS: Final = 6.0
FIRST: Final = 1_700_000_000_000_000
HELD: Final = 10
# so many clients are read at once, all others a few times a second
WATCHED: Final = 50
ROUND_S: Final = 0.25
QUIET_S: Final = 2.0
_CHANCE: Final = Random(2026)  # noqa: S311 - the same each time

# ASGI, in nobody's types
Event = MutableMapping[str, Any]


def tick(symbol: int, sequence: int) -> LiveTick:
    """Return a tick of the length that ticks have, all of one length, which says when it was made."""
    body = (
        f'{{"symbol":"S{symbol:05d}","provider":"simulator","asOf":"2026-01-02T15:04:05Z","currency":"USD",'
        f'"simulated":true,"last":"{time.monotonic_ns():020d}","bid":"230.50","ask":"230.52","volume":"123456",'
        f'"open":"229.10","high":"231.00","low":"228.70","previousClose":"229.00"}}'
    )
    return LiveTick(f"S{symbol:05d}", sequence, body.encode())


class Told:
    """When to tell, and what it cost: the work begins when so many clients are there."""

    def __init__(self, clients: int, rate: float) -> None:
        self.clients = clients
        self.rate = rate
        self.ready = asyncio.Event()
        self.over = asyncio.Event()
        self.cpu_s = 0.0
        self.share = 1.0

    async def ticks(self, symbols: int) -> AsyncIterator[LiveTick]:
        """Yield ticks of all symbols in turn for a while, as fast as they are taken or so many a second."""
        await self.ready.wait()
        await asyncio.sleep(1.0)
        began, cpu, count = time.monotonic(), time.process_time(), 0
        while (now := time.monotonic()) < began + SECONDS:
            if self.rate and count > (now - began) * self.rate:
                await asyncio.sleep(0.001)
                continue
            yield tick(count % symbols, FIRST + count // symbols)
            count += 1
            await asyncio.sleep(0)
        if self.rate:
            self.share = count / (self.rate * SECONDS)
        await asyncio.sleep(0.5)
        self.cpu_s = time.process_time() - cpu
        self.over.set()


class RawSockets:
    """The floor: sends each frame to each client in turn, and does nothing else."""

    def __init__(self, told: Told, symbols: int) -> None:
        self._told = told
        self._symbols = symbols
        self._sends: list[Callable[[Event], Awaitable[None]]] = []

    async def __call__(self, scope: Event, receive: Callable[[], Awaitable[Event]], send: Any) -> None:  # noqa: ANN401 - ASGI, in nobody's types
        """Take one client."""
        del scope
        await receive()
        await send({"type": "websocket.accept"})
        self._sends.append(send)
        if len(self._sends) == self._told.clients:
            self._told.ready.set()
        # what a client says is of no interest here
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async def run(self) -> None:
        """Tell everybody."""
        async for each in self._told.ticks(self._symbols):
            frame = update_frame(f"market:{each.symbol}", each.sequence, each)
            for send in self._sends:
                await send(frame.event)


class Generator(TickListener):
    """The bus: what it makes reaches whoever follows it."""

    def __init__(self, told: Told, symbols: int) -> None:
        self._told = told
        self._symbols = symbols

    async def follow(self, symbols: frozenset[str]) -> None:
        """Follow."""

    async def last(self, symbols: Collection[str]) -> Mapping[str, LiveTick]:
        """Know nothing."""
        del symbols
        return {}

    async def untold(self) -> frozenset[str]:
        """Tell of everything."""
        return frozenset()

    async def batches(self) -> AsyncIterator[Sequence[LiveTick]]:
        """Yield ticks until it is over, and then nothing."""
        async for each in self._told.ticks(self._symbols):
            yield (each,)
        await asyncio.Event().wait()


class NoEvents(UserEventQueries, UserEventHeads):
    """Nothing happens to users."""

    async def after(self, actor: Actor, sequence: int, limit: int) -> Sequence[UserEvent]:
        """Return nothing."""
        del actor, sequence, limit
        return []

    async def heads(self, users: Collection[UserId]) -> Mapping[UserId, int]:
        """Return nothing."""
        del users
        return {}

    async def rings(self) -> AsyncIterator[tuple[UserId, int]]:
        """Yield nothing."""
        await asyncio.Event().wait()
        yield UserId(UUID(int=0)), 0


async def _anybody(token: object) -> StreamPass:
    number = int(AccessToken.reveal(token) if isinstance(token, AccessToken) else str(token))
    ids = (UserId(UUID(int=number)), OrganisationId(UUID(int=number)), SessionId(UUID(int=number)))
    return StreamPass(Actor(*ids, frozenset(Scope)), datetime.now(UTC) + timedelta(hours=1))


async def _all_good(passes: Collection[StreamPass]) -> Mapping[SessionId, StreamPass]:
    return {each.actor.session_id: each for each in passes}


def _stage(kind: str, told: Told, symbols: int) -> tuple[object, Streams, RawSockets]:
    """Return the application to serve, and both that it may be."""
    users = UserFeeds(NoEvents(), NoEvents())
    doors = Doors(open_stream=_anybody, redeem_ticket=_anybody, recheck=_all_good)
    fanout = Fanout(Generator(told, symbols))
    limits = StreamLimits(connections_per_user=MANY, connections=MANY)
    streams = Streams(doors, fanout=fanout, users=users, clock=SystemClock(), ids=Uuid7Factory(), limits=limits)
    raw = RawSockets(told, symbols)
    return raw if kind == "raw" else StreamEndpoint(streams, frozenset()), streams, raw


async def serve(kind: str, port: int, told: Told, symbols: int) -> None:
    """Serve until it is over, and print what it cost."""
    app, streams, raw = _stage(kind, told, symbols)
    config = uvicorn.Config(
        cast("Any", app),  # uvicorn describes ASGI in words of its own
        http=GuardedProtocol,
        ws=GuardedSocket,
        ws_per_message_deflate=False,
        # bare sockets answer no pings
        ws_ping_interval=None,
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(config)
    calm_collector()
    before = _resident_kib()
    listener = socket.create_server(("127.0.0.1", port), backlog=4_096)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    async with streams.running():
        telling = asyncio.create_task(raw.run() if kind == "raw" else told.over.wait())
        while not told.ready.is_set():
            await asyncio.sleep(0.05)
            if streams.fanout.subscriptions == told.clients * HELD:
                told.ready.set()
        kib = (_resident_kib() - before) / told.clients
        await told.over.wait()
        found = {"cpu_s": told.cpu_s, "busy": told.cpu_s / SECONDS, "kib": kib, "share": told.share}
        print(json.dumps(found), flush=True)
        telling.cancel()
        server.should_exit = True
        await serving


def _resident_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def connected(port: int, symbols: int) -> socket.socket:
    """Return a socket of a client that follows as many symbols as each does, without conflation."""
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    client.sendall(
        b"GET /api/v1/stream?ticket=1 HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(4_096)
    channels = [f"market:S{number:05d}" for number in _CHANCE.sample(range(symbols), HELD)]
    text = json.dumps({"type": "subscribe", "id": 1, "channels": channels, "conflateMs": 0}).encode()
    client.sendall(bytes([0x81, 0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4) + text)
    client.setblocking(False)  # noqa: FBT003 - the library's own
    return client


def read(ports: Sequence[int], clients: int, symbols: int, round_s: float) -> None:
    """Be so many clients until nothing comes any more; print how many updates came, how late, and what that cost.

    They are read every `round_s`, all that came since, or at once where that is 0; how late is told of these only.
    """
    sockets: dict[int, socket.socket] = {}
    poll = select.epoll()
    for number in range(clients):
        client = connected(ports[number % len(ports)], symbols)
        sockets[client.fileno()] = client
        poll.register(client.fileno(), select.EPOLLIN)
    updates, heard, late, buffer = 0, 0.0, list[float](), bytearray(262_144)
    began, cpu = 0.0, 0.0
    while not heard or time.monotonic() - heard < QUIET_S:
        time.sleep(round_s)
        for descriptor, _ in poll.poll(0.5, clients):
            size = 0
            with suppress(OSError):
                size = sockets[descriptor].recv_into(buffer)
            if not size:
                poll.unregister(descriptor)
                continue
            found = buffer.count(b'"update"', 0, size)
            if found:
                began, cpu = (began, cpu) if began else (time.monotonic(), time.process_time())
                updates += found
                heard = time.monotonic()
                if not round_s:
                    late += _latenesses(bytes(buffer[:size]))
    late.sort()
    told = {"updates": updates, "busy": (time.process_time() - cpu) / (heard - began)}
    print(json.dumps(told | {"p50": _share(late, 0.5), "p99": _share(late, 0.99)}), flush=True)


def _latenesses(data: bytes) -> Iterator[float]:
    now = time.monotonic_ns()
    for part in data.split(b'"last":"')[1:]:
        if part[:20].isdigit():
            yield (now - int(part[:20])) / 1e6


def _share(values: Sequence[float], share: float) -> float:
    return values[min(int(len(values) * share), len(values) - 1)] if values else 0.0


def measure(kind: str, clients: int, symbols: int, *, rate: float = 0, processes: int = 1) -> dict[str, float]:
    """Run servers and clients; return updates for each second that one server computes, and all else they say."""
    ports = [_free_port() for _ in range(processes)]
    places = ",".join(map(str, ports))
    with _children(
        [["serve", kind, str(port), str(clients // processes), str(symbols), str(rate)] for port in ports],
        [
            ["read", places, str(clients - WATCHED), str(symbols), str(ROUND_S)],
            ["read", places, str(WATCHED), str(symbols), "0"],
        ],
    ) as (servers, readers):
        told = [_answer(each) for each in servers]
        many, watched = [_answer(each) for each in readers]
    cpu_s = sum(each["cpu_s"] for each in told) / processes
    updates = many["updates"] + watched["updates"]
    return {
        "updates": updates,
        "per_cpu_s": updates / cpu_s,
        "kib": max(each["kib"] for each in told),
        "share": min(each["share"] for each in told),
        "busy": max(each["busy"] for each in told),
        "clients_busy": max(many["busy"], watched["busy"]),
        "p50": watched["p50"],
        "p99": watched["p99"],
    }


@contextmanager
def _children(*groups: Sequence[Sequence[str]]) -> Iterator[list[list[subprocess.Popen[bytes]]]]:
    started: list[list[subprocess.Popen[bytes]]] = []
    try:
        for group in groups:
            started.append(
                [
                    subprocess.Popen([sys.executable, __file__, *words], stdout=subprocess.PIPE)  # noqa: S603 - it starts itself
                    for words in group
                ]
            )
            time.sleep(2)
        yield started
    finally:
        for child in [each for group in started for each in group]:
            child.kill()
            child.wait()


def _answer(child: subprocess.Popen[bytes]) -> dict[str, float]:
    if child.stdout is None:
        raise AssertionError("it was started with a pipe")
    found: dict[str, float] = json.loads(child.stdout.readline())
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def main() -> None:
    """Print the numbers."""
    raw = measure("raw", CLIENTS, HELD)
    _say("raw ASGI socket, 1,000 clients", raw)
    hub = measure("hub", CLIENTS, HELD)
    _say("the hub, 1,000 clients", hub, f"{hub['per_cpu_s'] / raw['per_cpu_s']:.0%} of the raw socket (75% wanted)")
    two = measure("hub", CLIENTS, HELD, processes=2)
    _say("two processes, 1,000 clients", two, f"{two['per_cpu_s'] / hub['per_cpu_s']:.2f} times one (1.7 wanted)")
    half = measure("hub", CLIENTS, HELD, rate=hub["updates"] / SECONDS / CLIENTS / 2)
    _say("at half of what one reached", half, _lateness(half))
    many = measure("hub", MANY, 1_000, rate=300)
    _say("10,000 clients, 10 of 1,000 symbols, 300/s", many, _lateness(many))
    print(f"memory: {max(hub['kib'], many['kib']):.1f} KiB a connection at most (32 wanted)", flush=True)


def _lateness(found: Mapping[str, float]) -> str:
    times = f"p50 {found['p50']:.1f} ms, p99 {found['p99']:.1f} ms from tick to client (100 wanted)"
    return f"{times}, at {found['share']:.0%} of the wanted rate"


def _say(what: str, found: Mapping[str, float], more: str = "") -> None:
    each = f"{found['per_cpu_s']:>9,.0f} deliveries per CPU second, {found['updates']:>9,.0f} in all"
    busy = f"server {found['busy']:4.0%} and clients {found['clients_busy']:4.0%} of a core"
    print(f"{what:42} {each}, {found['kib']:5.1f} KiB a connection, {busy}; {more}", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", kind, port, clients, symbols, rate]:
            uvloop.run(serve(kind, int(port), Told(int(clients), float(rate)), int(symbols)))
        case ["read", ports, clients, symbols, round_s]:
            read([int(port) for port in ports.split(",")], int(clients), int(symbols), float(round_s))
        case _:
            main()

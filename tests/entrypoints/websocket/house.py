"""The stream behind a real server on a real socket, with everything else in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from application.identity.streams import StreamPass
from application.market_data.live.ports import LiveTick
from domain.identity.secrets import AccessToken
from domain.shared.access import Actor, Scope
from domain.shared.errors import Unauthenticated
from domain.shared.ids import OrganisationId, SessionId, UserId
from entrypoints.http.sockets import GuardedSocket
from entrypoints.websocket.endpoint import StreamEndpoint
from entrypoints.websocket.fanout import Fanout
from entrypoints.websocket.limits import MOST_CHANNELS, StreamLimits
from entrypoints.websocket.streams import Doors, Streams
from entrypoints.websocket.user_feeds import UserFeeds
from tests.entrypoints.websocket.readers import tick
from tests.fakes.live import FakeBus
from tests.fakes.platform import FakeClock, FakeIds
from tests.fakes.user_events import FakeUserEvents
from tests.hostile.server import listening

# messages as JSON gives them
Json = dict[str, Any]
PATIENCE_S = 60.0
START = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)


def person(number: int) -> Actor:
    """Return somebody."""
    return Actor(
        user_id=UserId(UUID(int=number)),
        organisation_id=OrganisationId(UUID(int=number + 1_000)),
        session_id=SessionId(UUID(int=number + 2_000)),
        scopes=frozenset({Scope.LEDGER_READ, Scope.MARKET_READ}),
    )


@dataclass(slots=True)
class Gatekeeper:
    """Knows the tokens `<number>` of persons, and tickets `ticket-<number>`, each good once."""

    clock: FakeClock
    life: timedelta = timedelta(minutes=15)
    ended: set[int] = field(default_factory=set[int])
    used: set[str] = field(default_factory=set[str])

    async def open_stream(self, token: AccessToken) -> StreamPass:
        """Let in whoever has a token."""
        text = token.reveal()
        if not text.isdigit() or int(text) in self.ended:
            raise Unauthenticated("This token is not ours.")
        return StreamPass(person(int(text)), self.clock.now() + self.life)

    async def redeem_ticket(self, text: str) -> StreamPass:
        """Let in whoever has a ticket that nobody has used."""
        if text in self.used:
            raise Unauthenticated("This ticket is used.")
        self.used.add(text)
        return await self.open_stream(AccessToken(text.removeprefix("ticket-")))

    async def recheck(self, passes: Collection[StreamPass]) -> Mapping[SessionId, StreamPass]:
        """Tell who may stay."""
        ended = {person(number).session_id for number in self.ended}
        return {each.actor.session_id: each for each in passes if each.actor.session_id not in ended}


@dataclass(slots=True)
class House:
    """The stream, and the levers of a test."""

    port: int
    bus: FakeBus
    events: FakeUserEvents
    gatekeeper: Gatekeeper
    clock: FakeClock
    streams: Streams

    async def publish(self, symbol: str, *sequences: int) -> None:
        """Let the market say something."""
        await self.bus.publish([tick(symbol, sequence) for sequence in sequences])

    def keep(self, symbol: str, sequence: int) -> None:
        """Let the last tick of a symbol be known, and nobody be told."""
        kept: LiveTick = tick(symbol, sequence)
        self.bus.kept[symbol] = kept

    @asynccontextmanager
    async def connect(self, path: str = "/api/v1/stream", **options: Any) -> AsyncIterator[Client]:  # noqa: ANN401 - the library's own options
        """Connect, and say nothing yet."""
        async with connect(f"ws://127.0.0.1:{self.port}{path}", compression=None, **options) as socket:
            yield Client(socket)

    @asynccontextmanager
    async def signed_in(self, number: int = 1) -> AsyncIterator[Client]:
        """Connect as somebody."""
        async with self.connect(f"/api/v1/stream?ticket=ticket-{number}") as client:
            yield client


@dataclass(slots=True)
class Client:
    """One client."""

    socket: ClientConnection

    async def say(self, **message: object) -> None:
        """Send a message."""
        await self.socket.send(json.dumps(message))

    async def hear(self, *kinds: str) -> Json:
        """Return the next message of one of these types, or of any but a ping."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message: Json = json.loads(await self.socket.recv())
                if message["type"] in kinds or (not kinds and message["type"] != "ping"):
                    return message

    async def code(self) -> int:
        """Return the code with which the server closes, whatever it says before."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd is not None else 1006

    async def sign_in(self, number: int = 1) -> Json:
        """Become somebody."""
        await self.say(type="authenticate", token=str(number))
        return await self.hear("welcome")

    async def follow(self, *channels: str, conflate_ms: int = 0, after: Mapping[str, int] | None = None) -> Json:
        """Subscribe and return the answer."""
        await self.say(type="subscribe", id=1, channels=channels, conflateMs=conflate_ms, after=after or {})
        return await self.hear("subscribed", "error")


def patient(*, channels: int = MOST_CHANNELS, connections_per_user: int = 20) -> StreamLimits:
    """Return limits under which nobody has to hurry, and an ended session is found at once."""
    return StreamLimits(
        channels=channels,
        connections_per_user=connections_per_user,
        authenticate_within_s=PATIENCE_S,
        recheck_s=0.2,
    )


@asynccontextmanager
async def open_house(
    limits: StreamLimits | None = None, *, origins: Collection[str] = (), ping_s: float = 20.0
) -> AsyncIterator[House]:
    """Serve the stream for the length of the block."""
    clock, bus, events = FakeClock(START), FakeBus(), FakeUserEvents()
    gatekeeper = Gatekeeper(clock)
    streams = Streams(
        Doors(open_stream=gatekeeper.open_stream, redeem_ticket=gatekeeper.redeem_ticket, recheck=gatekeeper.recheck),
        fanout=Fanout(bus.listener(), heal_every_s=0.3),
        users=UserFeeds(events, events, look_every_s=0.3),
        clock=clock,
        ids=FakeIds(),
        limits=limits or patient(),
    )
    endpoint = StreamEndpoint(streams, frozenset(origins))

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI, in nobody's types
        assert scope["type"] == "websocket"
        await endpoint(scope, receive, send)

    async with streams.running(), listening(app, sockets=GuardedSocket, ping_s=ping_s) as place:
        yield House(place.port, bus, events, gatekeeper, clock, streams)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that the server does by itself."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - the server has nothing that would tell
            await asyncio.sleep(0.01)

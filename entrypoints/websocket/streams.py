"""All who listen to this process: let in, looked after, and sent off.

Every three seconds it is looked whether those behind the connections may still listen, with one question for all; so
whoever signs out, is signed out or loses a role hears nothing more within five.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, final

from application.identity.streams import StreamPass
from application.shared.ports import Clock, IdFactory
from domain.identity.secrets import AccessToken
from domain.shared.errors import TapedeckError, Unavailable
from domain.shared.ids import SessionId, UserId
from entrypoints.websocket.connection import Connection, Outlet
from entrypoints.websocket.fanout import Fanout
from entrypoints.websocket.frames import frame_of
from entrypoints.websocket.keeping_on import keep_on
from entrypoints.websocket.limits import HEARTBEAT_S, LONGEST_RETRY_MS, StreamLimits
from entrypoints.websocket.messages import CloseCode, Goodbye, Ping
from entrypoints.websocket.user_feeds import UserFeeds

_TICK_S: Final = 1.0
_HEARTBEAT: Final = frame_of(Ping())


class TooManyConnections(TapedeckError):
    """The user, or the process, has as many connections as it may have."""

    code = "too_many_connections"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """How somebody gets in and stays."""

    open_stream: Callable[[AccessToken], Awaitable[StreamPass]]
    redeem_ticket: Callable[[str], Awaitable[StreamPass]]
    recheck: Callable[[Collection[StreamPass]], Awaitable[Mapping[SessionId, StreamPass]]]


@final
class Streams:
    """The connections of this process; it works while `running` is entered."""

    def __init__(
        self,
        doors: Doors,
        *,
        fanout: Fanout,
        users: UserFeeds,
        clock: Clock,
        ids: IdFactory,
        limits: StreamLimits,
    ) -> None:
        self.doors = doors
        self.fanout = fanout
        self.users = users
        self.clock = clock
        self.limits = limits
        self._ids = ids
        self._connections: dict[Connection, int] = {}
        self._of_users: Counter[UserId] = Counter()
        self._turn = 0
        self._is_closing = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve for the length of the block."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.fanout.running())
            await stack.enter_async_context(self.users.running())
            tasks = [asyncio.create_task(keep_on(work)) for work in (self._look_after, self._recheck)]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def let_in(self, granted: StreamPass, outlet: Outlet) -> Connection:
        """Return a new connection of whoever has the pass; raise TooManyConnections, or Unavailable at the end."""
        user = granted.actor.user_id
        self.check_room(user)
        connection = Connection(
            str(self._ids.new()), granted, outlet, fanout=self.fanout, users=self.users, limits=self.limits
        )
        self._turn = (self._turn + 1) % HEARTBEAT_S
        self._connections[connection] = self._turn
        self._of_users[user] += 1
        self.fanout.connections += 1
        return connection

    def check_room(self, user: UserId) -> None:
        """Raise TooManyConnections where the user cannot have another, Unavailable where nobody can."""
        if self._is_closing:
            raise Unavailable("This process ends; come back in a moment.")
        limits = self.limits
        if self._of_users.get(user, 0) >= limits.connections_per_user or len(self._connections) >= limits.connections:
            raise TooManyConnections(
                f"A user has {limits.connections_per_user} connections at most; close one that is not needed."
            )

    def see_off(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        if self._connections.pop(connection, None) is None:
            return
        user = connection.granted.actor.user_id
        self._of_users[user] -= 1
        if not self._of_users[user]:
            del self._of_users[user]
        self.fanout.connections -= 1
        connection.leave()

    def close(self) -> None:
        """Say goodbye to all; each is told to come back at a time of its own."""
        self._is_closing = True
        for connection in list(self._connections):
            retry_ms = random.randrange(LONGEST_RETRY_MS)  # noqa: S311 - spreads clients, keeps no secret
            connection.subscriber.send(frame_of(Goodbye(reason="restart", retry_after_ms=retry_ms)))
            connection.end(CloseCode.RESTART)

    async def _look_after(self) -> None:
        """Once a second: end what is out of date, and let a twentieth of all clients hear that somebody is there."""
        await asyncio.sleep(_TICK_S)
        self._turn = (self._turn + 1) % HEARTBEAT_S
        now = self.clock.now()
        for connection, turn in list(self._connections.items()):
            if connection.granted.expires_at <= now:
                connection.end(CloseCode.SIGNED_OUT)
            elif turn == self._turn and not connection.subscriber.is_busy:
                connection.subscriber.send(_HEARTBEAT)

    async def _recheck(self) -> None:
        await asyncio.sleep(self.limits.recheck_s)
        connections = list(self._connections)
        if not connections:
            return
        # of a session with several connections, one may be renewed and another about to end
        newest = sorted((each.granted for each in connections), key=lambda each: each.expires_at)
        passes = {each.actor.session_id: each for each in newest}
        try:
            good = await self.doors.recheck(list(passes.values()))
        except Unavailable:
            # nobody can tell; what can be reached without the database is the market, and the token is still in date
            return
        for connection in connections:
            if connection.granted.actor.session_id not in good:
                connection.end(CloseCode.SIGNED_OUT)

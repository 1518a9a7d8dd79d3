"""What the bus needs of redis-py, whose own types leave it open, and its failures as those of the bus."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol, TypeAlias, cast, final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from application.market_data.live.ports import BusAway

Part: TypeAlias = str | bytes | int
PATIENCE_S: Final = 1.0


class BusConnection(Protocol):
    """A connection of redis-py, used by itself so that nothing connects it again without a sign."""

    async def connect(self) -> None:
        """Open it."""
        ...

    async def disconnect(self) -> None:
        """Close it."""
        ...

    async def send_command(self, *parts: Part) -> None:
        """Send a command and read nothing."""
        ...

    async def read_response(self, *, timeout: float, disconnect_on_error: bool) -> object:  # noqa: ASYNC109 - as redis-py has it
        """Return the next answer, or None if none comes in time."""
        ...


class _Pool(Protocol):
    def make_connection(self) -> BusConnection: ...


class _Client(Protocol):
    @property
    def connection_pool(self) -> _Pool: ...
    async def execute_command(self, *parts: Part) -> object: ...


@contextmanager
def bus_failures() -> Iterator[None]:
    """Raise BusAway for everything that says that Redis cannot be used now."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise BusAway(type(error).__name__) from error


@contextmanager
def cancellable() -> Iterator[None]:
    """Raise the cancellation that was asked for meanwhile, and forgotten.

    redis-py uses `asyncio.wait_for`, which before Python 3.12 forgets it where what it waits for ends at the same time.
    """
    task = asyncio.current_task()
    before = 0 if task is None else task.cancelling()
    try:
        yield
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


@final
class BusRedis:
    """Runs commands, and gives connections to listen on.

    The client speaks the older protocol, in which a message is an answer like any other.
    """

    def __init__(self, redis: Redis, *, patience_s: float = PATIENCE_S) -> None:
        self.patience_s = patience_s
        # redis-py gives its commands the types of both its clients at once
        self._client = cast("_Client", cast("object", redis))

    async def run(self, *parts: Part) -> object:
        """Return the answer to a command; raise BusAway."""
        with cancellable(), bus_failures():
            async with asyncio.timeout(self.patience_s):
                return await self._client.execute_command(*parts)

    def connection(self) -> BusConnection:
        """Return a connection of its own, not yet open."""
        return self._client.connection_pool.make_connection()

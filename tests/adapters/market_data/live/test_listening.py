"""Whoever listens to the bus leaves no connection open, at whatever moment it is told to end."""

from __future__ import annotations

import asyncio
from typing import cast, final

import pytest

from adapters.market_data.live.redis_commands import BusConnection, BusRedis, Part
from adapters.market_data.live.redis_listener import RedisTickListener

pytestmark = pytest.mark.anyio


@final
class LostConnection(BusConnection):
    """Breaks as soon as something was sent; whoever sends takes a while to end."""

    def __init__(self) -> None:
        self.opened = self.closed = 0
        self.is_sending = asyncio.Event()
        self.is_ending = asyncio.Event()
        self.may_end = asyncio.Event()

    async def connect(self) -> None:
        """Open it."""
        self.opened += 1

    async def disconnect(self) -> None:
        """Close it."""
        self.closed += 1

    async def send_command(self, *_: Part) -> None:
        """Send for ever, and end when the test says so."""
        self.is_sending.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.is_ending.set()
            await self.may_end.wait()

    async def read_response(self, *, timeout: float, disconnect_on_error: bool) -> object:  # noqa: ASYNC109 - as redis-py has it
        """Break."""
        assert timeout > 0
        assert not disconnect_on_error
        await self.is_sending.wait()
        raise ConnectionResetError


@final
class LostBus:
    """Has one connection, and nobody to ask."""

    def __init__(self, connection: LostConnection) -> None:
        self._connection = connection

    def connection(self) -> BusConnection:
        """Return it."""
        return self._connection

    async def run(self, *_: Part) -> object:
        """Say yes."""
        return 1


async def test_who_is_told_to_end_while_a_lost_connection_is_given_up_closes_it() -> None:
    connection = LostConnection()
    # of the bus no more is used
    listener = RedisTickListener(cast("BusRedis", cast("object", LostBus(connection))))

    async def listen() -> None:
        async for _ in listener.batches():
            pass

    task = asyncio.create_task(listen())
    await connection.is_ending.wait()
    await asyncio.sleep(0)
    assert (connection.opened, connection.closed) == (1, 0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert (connection.opened, connection.closed) == (1, 1)
    connection.may_end.set()

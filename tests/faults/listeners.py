"""Clients of the stream that come back whatever happens, and check every message against the last they were shown."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, final

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from entrypoints.websocket.messages import (
    Event,
    Gap,
    Goodbye,
    Ping,
    ServerMessage,
    Snapshot,
    Subscribed,
    Update,
    Welcome,
)

# many come at once after a process has died, and the last of them wait for all others
_OPEN_S: Final = 60
_decoder: Final = msgspec.json.Decoder(ServerMessage)


@final
@dataclass(slots=True)
class Shown:
    """What a client was shown. It fails on an unnoticed gap, a number told twice, or a value older than one before."""

    last: dict[str, int] = field(default_factory=dict[str, int])
    told: set[str] = field(default_factory=set[str])
    events: int = 0
    updates: int = 0
    gaps: int = 0
    _announced: dict[str, int] = field(default_factory=dict[str, int])
    _as_of: dict[str, datetime] = field(default_factory=dict[str, datetime])

    def begin(self) -> None:
        """Hear over a new connection: whatever was announced before the last one broke is answered anew."""
        self._announced.clear()

    def take(self, text: str | bytes) -> None:
        """Check a message, and remember it."""
        match _decoder.decode(text):
            case Update() as update:
                assert update.channel not in self._announced, "an update where a snapshot was announced"
                assert update.first == self.last[update.channel] + 1, "a gap that nobody announced"
                self.updates += 1
                self._show(update)
            case Snapshot() as snapshot:
                announced = self._announced.pop(snapshot.channel, None)
                assert (announced is None) == (snapshot.channel not in self.last), "a snapshot out of the blue"
                assert announced in {None, snapshot.sequence}
                self._show(snapshot)
            case Gap() as gap:
                assert gap.after == self.last[gap.channel]
                assert gap.before > gap.after + 1
                self._announced[gap.channel] = gap.before
                self.gaps += 1
            case Event() as event:
                assert event.sequence == self.last.get(event.channel, 0) + 1, "an event is missing, or told twice"
                self.last[event.channel] = event.sequence
                self.events += 1
                self.told |= {change["tradeId"] for change in json.loads(bytes(event.data)).get("changes", [])}
            case Subscribed() as subscribed:
                assert not subscribed.refused
            case other:
                assert isinstance(other, Welcome | Ping | Goodbye), other

    def _show(self, message: Snapshot | Update) -> None:
        channel = message.channel
        assert message.sequence > self.last.get(channel, -1), "a number that was told before"
        self.last[channel] = message.sequence
        if message.data is not None:
            as_of = message.data.as_of
            assert as_of >= self._as_of.get(channel, as_of), "older than what was shown"
            self._as_of[channel] = as_of


@final
class Listener:
    """One client on one API after the other, which takes a while of its own until it comes back."""

    def __init__(
        self, urls: Sequence[str], token: str, channels: Sequence[str], *, start: int, conflate_ms: int, pause_s: float
    ) -> None:
        self._urls = [url.replace("http", "ws", 1) for url in urls]
        self._token = token
        self._wanted = {"type": "subscribe", "id": 1, "channels": channels, "conflateMs": conflate_ms}
        self._turn = start
        self._pause_s = pause_s
        self.shown = Shown()
        self.connections = 0

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            url = self._urls[self._turn % len(self._urls)]
            self._turn += 1
            with suppress(OSError, TimeoutError, WebSocketException):
                # the server asks whether this side is there
                place = f"{url}/api/v1/stream"
                async with connect(place, open_timeout=_OPEN_S, ping_interval=None, compression=None) as socket:
                    await self._listen(socket)
            await asyncio.sleep(random.uniform(0, self._pause_s))  # noqa: S311 - as clients do, lest all come at once

    async def _listen(self, socket: ClientConnection) -> None:
        self.shown.begin()
        await socket.send(json.dumps({"type": "authenticate", "token": self._token}))
        await socket.send(json.dumps({**self._wanted, "after": self.shown.last}))
        self.connections += 1
        async for text in socket:
            self.shown.take(text)

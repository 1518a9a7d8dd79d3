"""The stream as server-sent events, for clients that can have no WebSocket: the same messages, one way.

Each message is an event of its type. From time to time an event bears an `id`, which says how far every channel is: who
comes back with it as `Last-Event-ID` goes on from there.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from time import monotonic
from typing import Final, final

from entrypoints.websocket.connection import position_text
from entrypoints.websocket.frames import Frame, frame_of
from entrypoints.websocket.messages import CLOSE_REASONS, CloseCode, Error, ErrorCode

_ROOM: Final = 64
_ID_EVERY_S: Final = 1.0
_CODES: Final = {CloseCode.SIGNED_OUT: ErrorCode.UNAUTHENTICATED, CloseCode.SLOW: ErrorCode.SLOW}


@final
class EventOutlet:
    """A reader of events: what it has not taken yet, at most so many messages, and how far it is."""

    def __init__(self) -> None:
        self._waiting: deque[Frame] = deque()
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._seen: dict[str, int] = {}
        self._told_at = 0.0
        self._code: int | None = None

    async def deliver(self, frame: Frame) -> None:
        """Take one message as soon as there is room."""
        while len(self._waiting) >= _ROOM and self._code is None:
            self._room.clear()
            await self._room.wait()
        if self._code is not None:
            raise ConnectionResetError
        self._waiting.append(frame)
        self._changed.set()

    def end(self, code: int) -> None:
        """End the stream; what was taken is still told."""
        if self._code is None:
            self._code = code
            self._changed.set()
            self._room.set()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield what is told until the end."""
        yield b"retry: 2000\n\n"
        while True:
            while self._waiting:
                frame = self._waiting.popleft()
                self._room.set()
                yield self._event(frame)
            if self._code is not None:
                if self._code in _CODES:
                    yield self._event(frame_of(Error(code=_CODES[self._code], message=CLOSE_REASONS[self._code])))
                return
            self._changed.clear()
            await self._changed.wait()

    def _event(self, frame: Frame) -> bytes:
        text = f"event: {frame.kind}\ndata: {frame.event['text']}\n"
        if frame.channel:
            self._seen[frame.channel] = frame.sequence
            now = monotonic()
            # events are kept and come once; of ticks, the latest is told again to who comes back
            if frame.kind == "event" or now - self._told_at >= _ID_EVERY_S:
                self._told_at = now
                text += f"id: {position_text(self._seen)}\n"
        return f"{text}\n".encode()

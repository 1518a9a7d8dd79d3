"""Clients of the hub that check, message by message, what every client may rely on."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Generator
from typing import Final

import msgspec

from application.market_data.live.ports import LiveTick
from entrypoints.websocket.frames import Frame, SendEvent
from entrypoints.websocket.messages import Gap, ServerMessage, Snapshot, Update
from entrypoints.websocket.subscriber import Subscriber

_decoder: Final = msgspec.json.Decoder(ServerMessage)


def tick(symbol: str, sequence: int) -> LiveTick:
    """Return a tick whose price is its sequence number."""
    body = (
        f'{{"symbol":"{symbol}","provider":"simulator","asOf":"2026-01-02T15:04:05Z",'
        f'"receivedAt":"2026-01-02T15:04:05.1Z","currency":"USD","simulated":true,"last":"{sequence}"}}'
    )
    return LiveTick(symbol, sequence, body.encode())


class _Wait(Awaitable[None]):
    """Something to wait for that only the test ends."""

    def __await__(self) -> Generator[object, None, None]:
        yield self


class Reader:
    """A client; while it `is_stuck` it takes nothing, and once it `is_broken` every delivery fails."""

    def __init__(self) -> None:
        self.messages: list[ServerMessage] = []
        self.events: list[SendEvent] = []
        self.seen: dict[str, int] = {}
        self.is_stuck = False
        self.is_broken = False
        self.slow = 0
        self._rests: list[Coroutine[object, None, None]] = []
        self.subscriber = Subscriber(self._take, self._rests.append, self._told_slow)

    def go_on(self) -> None:
        """Take what was held back."""
        self.is_stuck = False
        while self._rests:
            _run(self._rests.pop())

    def break_off(self) -> None:
        """Be gone, whatever was under way."""
        self.is_broken = True
        self.go_on()

    def forget(self, symbol: str) -> None:
        """Follow the symbol no more: what comes next begins anew."""
        self.seen.pop(symbol, None)

    def of(self, symbol: str) -> list[Snapshot | Update | Gap]:
        """Return what came of a symbol."""
        told = [each for each in self.messages if isinstance(each, Snapshot | Update | Gap)]
        return [each for each in told if each.channel == f"market:{symbol}"]

    async def _take(self, frame: Frame) -> None:
        # as servers do: wait until there is room, then write
        while self.is_stuck:
            await _Wait()
        if self.is_broken:
            raise ConnectionResetError
        message = _decoder.decode(frame.event["text"])
        assert frame.kind == message.__struct_config__.tag
        self.messages.append(message)
        self.events.append(frame.event)

    def _told_slow(self) -> None:
        self.slow += 1


class CheckingReader(Reader):
    """A reader that fails on an unnoticed gap, a repeated number, or a value older than one it was shown.

    `heard` are the sequence numbers of each symbol that the hub was told.
    """

    def __init__(self, heard: dict[str, set[int]]) -> None:
        super().__init__()
        self._heard = heard
        self._gaps: dict[str, Gap] = {}
        self._newest: dict[str, int] = {}

    async def _take(self, frame: Frame) -> None:
        await super()._take(frame)
        message = self.messages[-1]
        if isinstance(message, Snapshot | Update | Gap):
            symbol = message.channel.removeprefix("market:")
            match message:
                case Gap():
                    assert self.seen[symbol] == message.after < message.before - 1
                    self._gaps[symbol] = message
                case Snapshot():
                    self._begin(symbol, message)
                case Update():
                    self._go_on(symbol, message)

    def _begin(self, symbol: str, message: Snapshot) -> None:
        gap = self._gaps.pop(symbol, None)
        if gap is None:
            assert symbol not in self.seen, "a snapshot out of the blue"
        else:
            assert gap.before == message.sequence
        assert (message.data is None) == (message.sequence == 0)
        assert message.sequence >= self._newest.get(symbol, 0), "older than what was shown"
        self.seen[symbol] = self._newest[symbol] = message.sequence

    def _go_on(self, symbol: str, message: Update) -> None:
        assert symbol not in self._gaps, "a gap was told, and no snapshot followed"
        last = self.seen[symbol]
        assert message.first == last + 1
        assert message.sequence > last
        assert message.data.last == str(message.sequence)
        if last:
            missing = set(range(message.first, message.sequence + 1)) - self._heard[symbol]
            assert not missing, f"an unnoticed gap: {missing}"
        self.seen[symbol] = self._newest[symbol] = message.sequence


def _run(rest: Coroutine[object, None, None]) -> None:
    try:
        while True:
            rest.send(None)
    except StopIteration:
        return

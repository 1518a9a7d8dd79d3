"""One client as the hub sees it: something that takes messages, at its own pace.

A delivery is run to where it first has to wait, which for most clients is its end: so there is no task and no queue for
each client, and a client that does not read keeps nobody waiting. Who is busy with a delivery owes nothing but a note
for each channel, and is brought up to date from it as soon as it is free; only answers and events are queued.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Final, NamedTuple, Protocol, final

from entrypoints.websocket.frames import Frame

# what a client is told and has not taken, ticks aside: more than this piles up for a client that reads nothing only
MOST_QUEUED: Final = 1_000
MOST_QUEUED_CHARACTERS: Final = 1_000_000

Delivery = Coroutine[object, None, None]
Deliver = Callable[[Frame], Delivery]
Spawn = Callable[[Coroutine[object, None, None]], object]


class Debt(NamedTuple):
    """What a busy client still has to be told of a channel: all `after` what it has, or anew where that is None.

    `has_hole` says that something in between was lost on the way here.
    """

    after: int | None
    has_hole: bool = False

    def and_also(self, later: Debt) -> Debt:
        """Return what both come to."""
        if self.after is None or later.after is None:
            return Debt(None)
        return Debt(self.after, self.has_hole or later.has_hole)


class Creditor(Protocol):
    """What brings a client up to date once it is free."""

    def settle(self, debt: Debt) -> tuple[Frame, ...]:
        """Return the messages that the client is owed."""
        ...


@final
class Subscriber:
    """A client. `deliver` sends one message, `spawn` runs what is left of a delivery, `on_slow` is told of a pile."""

    __slots__ = ("_characters", "_deliver", "_on_slow", "_queue", "_spawn", "has_left", "is_busy", "owed")

    def __init__(self, deliver: Deliver, spawn: Spawn, on_slow: Callable[[], None]) -> None:
        self._deliver = deliver
        self._spawn = spawn
        self._on_slow = on_slow
        # made when it is needed: most clients never are slow, and there are many of them
        self._queue: deque[Frame] | None = None
        self._characters = 0
        self.owed: dict[Creditor, Debt] = {}
        self.is_busy = False
        self.has_left = False

    def send(self, frame: Frame) -> None:
        """Send a message that must not be lost, now or after those that wait."""
        if self.has_left:
            return
        if not self.is_busy:
            self.begin(frame)
            return
        if self._queue is None:
            self._queue = deque()
        self._queue.append(frame)
        self._characters += len(frame.event["text"])
        if len(self._queue) > MOST_QUEUED or self._characters > MOST_QUEUED_CHARACTERS:
            self.leave()
            self._on_slow()

    def owe(self, creditor: Creditor, debt: Debt) -> bool:
        """Note what a busy client is to be told later; say whether it had a note already, which spares it a message."""
        known = self.owed.get(creditor)
        self.owed[creditor] = debt if known is None else known.and_also(debt)
        return known is not None

    def begin(self, frame: Frame) -> None:
        """Send a message to a client that is not busy, as far as that goes without waiting."""
        delivery = self._deliver(frame)
        try:
            waits_for = delivery.send(None)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 - whatever a server says of a broken connection, the client is gone
            self.leave()
            return
        self.is_busy = True
        self._spawn(self._finish(delivery, waits_for))

    def leave(self) -> None:
        """Send nothing more."""
        self.has_left = True
        self.owed.clear()
        self._queue = None
        self._characters = 0

    async def _finish(self, delivery: Delivery, waits_for: object) -> None:
        try:
            await _Rest(delivery, waits_for)
        except Exception:  # noqa: BLE001 - as above
            self.leave()
            return
        self.is_busy = False
        self._catch_up()

    def _catch_up(self) -> None:
        while not self.is_busy and not self.has_left:
            if self._queue:
                frame = self._queue.popleft()
                self._characters -= len(frame.event["text"])
                self.begin(frame)
            elif self.owed:
                creditor = next(iter(self.owed))
                for frame in creditor.settle(self.owed.pop(creditor)):
                    self.send(frame)
            else:
                self._queue = None
                return


@final
class _Rest(Awaitable[None]):
    """What is left of a coroutine that was run to its first wait by hand."""

    __slots__ = ("_delivery", "_waits_for")

    def __init__(self, delivery: Delivery, waits_for: object) -> None:
        self._delivery = delivery
        self._waits_for = waits_for

    def __await__(self) -> Generator[object, None, None]:
        waits_for = self._waits_for
        while True:
            try:
                yield waits_for
            except BaseException as error:  # noqa: BLE001 - whatever it is, it is for the delivery
                try:
                    waits_for = self._delivery.throw(error)
                except StopIteration:
                    return
            else:
                try:
                    waits_for = self._delivery.send(None)
                except StopIteration:
                    return

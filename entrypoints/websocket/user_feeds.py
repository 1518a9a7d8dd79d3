"""Users' own events, brought to their connections: read from where they are kept, in order, each once.

A ring says only that there is something; what there is comes from the database, from where each connection is. So a
ring that is lost does no harm: every few seconds it is looked who is behind. Where many come at once, as after a
restart, one question tells where each of them begins; while the database is away they wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, final

from msgspec import Raw

from application.shared.user_events import UserEvent, UserEventHeads, UserEventQueries
from domain.shared.access import Actor
from domain.shared.errors import TapedeckError
from domain.shared.ids import UserId
from entrypoints.websocket.frames import Frame, frame_of, gap_frame, position_frame
from entrypoints.websocket.keeping_on import keep_on
from entrypoints.websocket.messages import Event
from entrypoints.websocket.subscriber import Subscriber

USER: Final = "user:"
_PAGE: Final = 100
_LOOK_EVERY_S: Final = 5.0
_TRY_AGAIN_S: Final = 0.5


@dataclass(slots=True, eq=False)
class _Feed:
    """One user here: each of their connections with how far it is, and whether somebody brings them on just now."""

    actor: Actor
    positions: dict[Subscriber, int] = field(default_factory=dict[Subscriber, int])
    # who has not begun, with what they have seen
    joining: dict[Subscriber, int | None] = field(default_factory=dict[Subscriber, "int | None"])
    head: int = 0
    work: asyncio.Task[None] | None = None


@final
class UserFeeds:
    """The users of this process who follow their events."""

    def __init__(
        self, queries: UserEventQueries, heads: UserEventHeads, *, look_every_s: float = _LOOK_EVERY_S
    ) -> None:
        self._queries = queries
        self._heads = heads
        self._look_every_s = look_every_s
        self._feeds: dict[UserId, _Feed] = {}
        self._arrived: set[UserId] = set()
        self._has_arrived = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen for the length of the block."""
        tasks = [asyncio.create_task(keep_on(work)) for work in (self._listen, self._look, self._admit)]
        try:
            yield
        finally:
            works = [feed.work for feed in self._feeds.values() if feed.work is not None]
            for task in (*tasks, *works):
                task.cancel()
            await asyncio.gather(*tasks, *works, return_exceptions=True)

    def join(self, subscriber: Subscriber, actor: Actor, after: int | None) -> None:
        """Tell a connection soon what happens from now on, or happened after what it has seen.

        Without anything seen it is told first how far the sequence is.
        """
        # from here on rings are heard, also before it is known where the connection begins
        self._feeds.setdefault(actor.user_id, _Feed(actor)).joining[subscriber] = after
        self._arrived.add(actor.user_id)
        self._has_arrived.set()

    def leave(self, subscriber: Subscriber, user_id: UserId) -> None:
        """Tell a connection nothing more."""
        feed = self._feeds.get(user_id)
        if feed is not None:
            feed.positions.pop(subscriber, None)
            feed.joining.pop(subscriber, None)
            if not feed.positions and not feed.joining:
                del self._feeds[user_id]

    def ring(self, user_id: UserId, head: int) -> None:
        """Hear how far somebody's sequence is."""
        feed = self._feeds.get(user_id)
        if feed is not None:
            self._bring_on(feed, head)

    def _bring_on(self, feed: _Feed, head: int) -> None:
        feed.head = max(feed.head, head)
        if (feed.work is None or feed.work.done()) and feed.positions and min(feed.positions.values()) < feed.head:
            feed.work = asyncio.create_task(self._read(feed))

    async def _read(self, feed: _Feed) -> None:
        while feed.positions and (position := min(feed.positions.values())) < feed.head:
            head = feed.head
            try:
                events = await self._queries.after(feed.actor, position, _PAGE)
            except TapedeckError:
                return  # the next look finds who is behind
            # where nothing is left, all that was there when it was asked is kept no more
            kept_from = events[0].sequence if events else head + 1
            for subscriber, seen in list(feed.positions.items()):
                # who has come since from further back is read for next: of what is before it the answer says nothing
                if seen >= position:
                    feed.positions[subscriber] = _tell(subscriber, channel_of(feed.actor), seen, kept_from, events)

    async def _listen(self) -> None:
        async for user_id, head in self._heads.rings():
            self.ring(user_id, head)

    async def _admit(self) -> None:
        """Let those begin who have come since, with one question for all."""
        await self._has_arrived.wait()
        self._has_arrived.clear()
        coming, self._arrived = self._arrived, set()
        try:
            heads = await self._heads.heads(coming)
        except TapedeckError:
            self._arrived |= coming
            self._has_arrived.set()
            await asyncio.sleep(_TRY_AGAIN_S)
            return
        for user_id in coming:
            feed = self._feeds.get(user_id)
            if feed is not None:
                newest = heads.get(user_id, 0)
                joining, feed.joining = feed.joining, {}
                for subscriber, after in joining.items():
                    feed.positions[subscriber] = _begun(subscriber, channel_of(feed.actor), after, newest)
                self._bring_on(feed, newest)

    async def _look(self) -> None:
        await asyncio.sleep(self._look_every_s)
        if self._feeds:
            try:
                heads = await self._heads.heads(self._feeds.keys())
            except TapedeckError:
                return
            for user_id, head in heads.items():
                self.ring(user_id, head)


def channel_of(actor: Actor) -> str:
    """Return the name of the channel of the actor's own events."""
    return f"{USER}{actor.user_id}"


def _begun(subscriber: Subscriber, channel: str, after: int | None, newest: int) -> int:
    """Return from where a connection is told events; it is told so where it has seen none of them."""
    if after is not None and after <= newest:
        return after
    subscriber.send(position_frame(channel, newest))
    return newest


def _tell(subscriber: Subscriber, channel: str, seen: int, kept_from: int, events: Sequence[UserEvent]) -> int:
    """Send what a connection has not seen; return how far it is then."""
    if seen + 1 < kept_from:
        subscriber.send(gap_frame(channel, seen, kept_from))
        seen = kept_from - 1
    for event in events:
        if event.sequence > seen:
            subscriber.send(_frame(channel, event))
            seen = event.sequence
    return seen


def _frame(channel: str, event: UserEvent) -> Frame:
    message = Event(channel=channel, sequence=event.sequence, kind=event.kind, at=event.at, data=Raw(event.data))
    return frame_of(message, channel, event.sequence)

"""What a user's connections are told of their own events, also where something happens while these are being read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import final

import pytest

from application.shared.user_events import UserEvent, UserEventQueries
from domain.shared.access import Actor
from entrypoints.websocket.messages import Event, Gap, Snapshot
from entrypoints.websocket.user_feeds import UserFeeds
from tests.entrypoints.websocket.house import person, until
from tests.entrypoints.websocket.readers import Reader
from tests.fakes.user_events import FakeUserEvents

pytestmark = pytest.mark.anyio

ANN = person(1)


@final
class SlowQueries(UserEventQueries):
    """Reads at once, and answers when the test says so."""

    def __init__(self, events: FakeUserEvents) -> None:
        self._events = events
        self.has_read = asyncio.Event()
        self.answers = asyncio.Event()

    async def after(self, actor: Actor, sequence: int, limit: int) -> Sequence[UserEvent]:
        """Return what was there when it was asked."""
        found = await self._events.after(actor, sequence, limit)
        self.has_read.set()
        await self.answers.wait()
        return found


def _told(reader: Reader) -> list[tuple[str, int]]:
    """Return what came, with its number; of a gap, the first number after it."""
    told: list[tuple[str, int]] = []
    for message in reader.messages:
        match message:
            case Snapshot() | Event():
                told.append((type(message).__name__, message.sequence))
            case Gap():
                told.append(("Gap", message.before))
            case _:
                raise AssertionError(message)
    return told


async def test_who_comes_while_events_are_read_for_another_connection_is_told_what_came_before_them() -> None:
    """What was read after 50 says nothing of 48 to 50, which a connection that has seen 47 is still to be told."""
    events = FakeUserEvents()
    for _ in range(51):
        events.tell(ANN.user_id)
    queries = SlowQueries(events)
    first, second, new = Reader(), Reader(), Reader()
    feeds = UserFeeds(queries, events)
    async with feeds.running():
        feeds.join(first.subscriber, ANN, 50)
        await queries.has_read.wait()
        feeds.join(second.subscriber, ANN, 47)
        feeds.join(new.subscriber, ANN, None)
        # both were let begin together
        await until(lambda: _told(new) == [("Snapshot", 51)])
        queries.answers.set()
        await until(lambda: ("Event", 51) in _told(second))
    assert _told(second) == [("Event", number) for number in (48, 49, 50, 51)]
    assert _told(first) == [("Event", 51)]
    assert _told(new) == [("Snapshot", 51)]


async def test_what_happens_while_nothing_is_found_is_told_after_the_gap() -> None:
    """An answer without events says that all up to the head of then is kept no more, and nothing of what came later."""
    events = FakeUserEvents()
    for _ in range(51):
        events.tell(ANN.user_id)
    events.told.clear()
    queries = SlowQueries(events)
    reader = Reader()
    feeds = UserFeeds(queries, events)
    async with feeds.running():
        feeds.join(reader.subscriber, ANN, 50)
        await queries.has_read.wait()
        events.tell(ANN.user_id)
        feeds.ring(ANN.user_id, 52)
        queries.answers.set()
        await until(lambda: ("Event", 52) in _told(reader))
    assert _told(reader) == [("Gap", 52), ("Event", 52)]

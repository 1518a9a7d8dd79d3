"""What the suites of the stream share: tokens, a reader, and what a server says."""

from __future__ import annotations

import asyncio
from types import UnionType
from typing import final

from tapedeck_client.access import Access
from tapedeck_client.errors import SignedOut
from tapedeck_client.messages import Event, Item, Snapshot, Update
from tapedeck_client.stream import Stream, StreamOptions
from tapedeck_client.waiting import Waits
from tests.clients.stream_server import PATIENCE_S, FakeStream, Talk, tick

AAPL = "market:AAPL"
QUICK = Waits(first_s=0.01, longest_s=0.05)


@final
class Tokens(Access):
    """Tokens one after another, the last one for good unless it is refused."""

    def __init__(self, *tokens: str) -> None:
        self.left = list(tokens)
        self.refused: list[str] = []
        self.is_old = False

    async def token(self) -> str:
        if self.is_old:
            self.is_old = False
            self.left.pop(0)
        return self.left[0]

    async def renewed(self, stale: str) -> str:
        self.refused.append(stale)
        if self.left[0] == stale:
            self.left.pop(0)
        if not self.left:
            raise SignedOut("There is no other token.")
        return self.left[0]

    async def ticket(self) -> str:
        return "ticket/1"

    def renew_in_s(self) -> float | None:
        return 0 if self.is_old else 60


def follow(
    server: FakeStream,
    *channels: str,
    access: Access | None = None,
    after: dict[str, int] | None = None,
    options: StreamOptions | None = None,
) -> Stream:
    return Stream(
        server.url,
        access or Tokens("t-1"),
        channels or (AAPL,),
        after=after or {},
        options=options or StreamOptions(waits=QUICK),
    )


async def read_until(stream: Stream, kind: type[Item] | UnionType, count: int = 1) -> list[Item]:
    """Return all items up to the so-manieth of this kind."""
    items: list[Item] = []
    async with asyncio.timeout(PATIENCE_S):
        async for item in stream:
            items.append(item)
            count -= isinstance(item, kind)
            if not count:
                break
    return items


async def say_snapshot(talk: Talk, sequence: int) -> None:
    await talk.say("snapshot", channel=AAPL, sequence=sequence, data=tick(str(sequence)))


async def say_update(talk: Talk, first: int, sequence: int) -> None:
    await talk.say("update", channel=AAPL, first=first, sequence=sequence, data=tick(str(sequence)))


async def say_event(talk: Talk, sequence: int) -> None:
    await talk.say(
        "event", channel="user:7", sequence=sequence, kind="trade_recorded", at="2026-01-30T09:15:00Z", data={}
    )


async def begins(talk: Talk) -> None:
    await talk.welcome()
    await say_snapshot(talk, 10)


def sequences(items: list[Item]) -> list[int]:
    return [item.sequence for item in items if isinstance(item, Snapshot | Update | Event)]

"""Who is told what of the market, in one process.

Clients that follow a symbol at one pace are a group: they have all been told the same, so that a message is made once
for all of them. A group is told at once what comes after a while of nothing, and then at its pace, the latest only.

What a client may rely on, for each symbol and in whatever order things happen:

- an update stands for everything since what the client had before, or a gap tells that something is lost;
- sequence numbers only grow;
- the last tick reaches everybody who follows the symbol, however slow they are.

It has no clock, no sockets and no loop: `take` and `learn` are told what the bus says, `flush` is due at `due_at`.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from application.market_data.live.ports import LiveTick
from entrypoints.websocket.frames import MARKET, Frame, gap_frame, snapshot_frame, update_frame
from entrypoints.websocket.subscriber import Creditor, Debt, Subscriber

_ALL: Final = 2**62


@dataclass(slots=True)
class Counts:
    """What a hub has done since it began.

    `deliveries` are messages to clients, `conflated` ticks that a later one stood for, `dropped` ticks that came late
    or twice, `lost` holes in what the bus told.
    """

    deliveries: int = 0
    conflated: int = 0
    dropped: int = 0
    lost: int = 0


@final
class Group(Creditor):
    """Those who follow a symbol at one pace. `members` have been told, or are owed, all up to `tick`.

    `joining` are those who know more than that already, with what they know: they are members from the next tick on.
    """

    __slots__ = ("channel", "has_hole", "is_due", "joining", "members", "pace_s", "tick", "told_at")

    def __init__(self, channel: Channel, pace_s: float) -> None:
        self.channel = channel
        self.pace_s = pace_s
        self.members: dict[Subscriber, None] = {}
        self.joining: dict[Subscriber, int] = {}
        self.tick = channel.tick
        self.told_at = float("-inf")
        self.has_hole = False
        self.is_due = False

    @property
    def sequence(self) -> int:
        """How far the group is."""
        return 0 if self.tick is None else self.tick.sequence

    def settle(self, debt: Debt) -> tuple[Frame, ...]:
        """Return what brings a client with this debt to where the group is."""
        return _stretch(self.channel.name, debt, self.tick)

    def tell(self, now: float, counts: Counts) -> None:
        """Tell everybody how the channel stands."""
        tick, debt = self.channel.tick, Debt(self.sequence, self.has_hole)
        if tick is None or tick is self.tick:
            return
        self.tick, self.told_at, self.has_hole = tick, now, False
        first, *others = frames = _stretch(self.channel.name, debt, tick)
        counts.deliveries += len(frames) * len(self.members)
        for member in self.members:
            if member.is_busy:
                counts.conflated += member.owe(self, debt)
            elif not member.has_left:
                member.begin(first)
                for frame in others:
                    member.send(frame)
        if self.joining:
            self._admit(tick, has_hole=debt.has_hole, counts=counts)

    def _admit(self, tick: LiveTick, *, has_hole: bool, counts: Counts) -> None:
        for subscriber, known in list(self.joining.items()):
            if known <= tick.sequence:
                del self.joining[subscriber]
                self.members[subscriber] = None
                if known < tick.sequence:
                    counts.deliveries += 1
                    self.give(subscriber, Debt(known, has_hole))

    def give(self, subscriber: Subscriber, debt: Debt) -> None:
        """Bring a client to where the group is, now or when it is free."""
        if subscriber.is_busy:
            subscriber.owe(self, debt)
            return
        for frame in self.settle(debt):
            subscriber.send(frame)


@final
class Channel:
    """A symbol that somebody follows. While it `is_asked` for, those who `wait` for what it is have not begun."""

    __slots__ = ("groups", "is_asked", "name", "symbol", "tick", "waiting")

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.name = MARKET + symbol
        self.tick: LiveTick | None = None
        self.is_asked = True
        self.groups: dict[float, Group] = {}
        self.waiting: dict[Subscriber, tuple[float, Debt]] = {}

    def enter(self, subscriber: Subscriber, pace_s: float, debt: Debt) -> None:
        """Let a client follow, and tell it what it lacks where something is known."""
        if self.is_asked:
            self.waiting[subscriber] = pace_s, debt
            return
        group = self.groups.get(pace_s)
        if group is None:
            group = self.groups[pace_s] = Group(self, pace_s)
        now = 0 if self.tick is None else self.tick.sequence
        if debt.after is None and subscriber.is_busy:
            # told when it is free, and by then the group may be further
            group.members[subscriber] = None
            subscriber.owe(group, debt)
            return
        if debt.after is None or debt.after < now:
            for frame in _stretch(self.name, debt, self.tick):
                subscriber.send(frame)
        # a client of another process may be ahead of what has come here
        known = now if debt.after is None else max(debt.after, now)
        if known == group.sequence:
            group.members[subscriber] = None
        else:
            group.joining[subscriber] = known

    def leave(self, subscriber: Subscriber) -> Debt | None:
        """Let a client follow no more; return what it would have been owed."""
        _, waited = self.waiting.pop(subscriber, (0.0, None))
        if waited is not None:
            return waited
        for pace_s, group in self.groups.items():
            if subscriber in group.members or subscriber in group.joining:
                debt = Debt(group.joining.pop(subscriber, group.sequence), group.has_hole)
                owed = subscriber.owed.pop(group, None)
                group.members.pop(subscriber, None)
                if not group.members and not group.joining:
                    del self.groups[pace_s]
                return debt if owed is None else owed.and_also(debt)
        return None

    @property
    def followers(self) -> Iterator[Subscriber]:
        """All who follow it."""
        yield from self.waiting
        for group in self.groups.values():
            yield from group.members
            yield from group.joining

    @property
    def is_followed(self) -> bool:
        """Whether anybody is left."""
        return bool(self.groups or self.waiting)


@final
class Hub:
    """All symbols that somebody follows here."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._channels: dict[str, Channel] = {}
        self._due: list[tuple[float, int, Group]] = []
        self._turn = 0

    @property
    def symbols(self) -> frozenset[str]:
        """What is followed."""
        return frozenset(self._channels)

    @property
    def unknown(self) -> frozenset[str]:
        """What is followed, and was not looked up yet."""
        return frozenset(symbol for symbol, channel in self._channels.items() if channel.is_asked)

    @property
    def due_at(self) -> float | None:
        """When `flush` has something to do."""
        return self._due[0][0] if self._due else None

    def subscribe(self, subscriber: Subscriber, symbol: str, pace_s: float, after: int | None = None) -> bool:
        """Let a client follow a symbol, or follow it at another pace; say whether the symbol is new here.

        `after` is what it has seen before it came here. What may have been missed meanwhile is told as a gap.
        """
        channel = self._channels.get(symbol)
        is_new = channel is None
        if channel is None:
            channel = self._channels[symbol] = Channel(symbol)
        before = channel.leave(subscriber)
        channel.enter(subscriber, pace_s, Debt(after, has_hole=True) if before is None else before)
        return is_new

    def unsubscribe(self, subscriber: Subscriber, symbol: str) -> bool:
        """Let a client follow a symbol no more; say whether nobody does now."""
        channel = self._channels.get(symbol)
        if channel is None:
            return False
        channel.leave(subscriber)
        if channel.is_followed:
            return False
        del self._channels[symbol]
        return True

    def followers(self, symbol: str) -> Sequence[Subscriber]:
        """Return all who follow a symbol here."""
        channel = self._channels.get(symbol)
        return [] if channel is None else list(channel.followers)

    def learn(self, asked: Collection[str], found: Mapping[str, LiveTick]) -> None:
        """Hear how these symbols stand, which were looked up; of what was not found nothing is known yet."""
        for symbol in asked:
            channel = self._channels.get(symbol)
            if channel is not None and channel.is_asked:
                self._settle(channel, found.get(symbol))

    def take(self, ticks: Iterable[LiveTick], now: float) -> None:
        """Hear ticks from the bus, and tell them to whom it is time to tell them."""
        counts = self.counts
        for tick in ticks:
            channel = self._channels.get(tick.symbol)
            if channel is None:
                continue
            if channel.is_asked:
                self._settle(channel, tick)
                continue
            known = 0 if channel.tick is None else channel.tick.sequence
            if tick.sequence <= known:
                counts.dropped += 1
                continue
            has_hole = known > 0 and tick.sequence != known + 1
            counts.lost += has_hole
            channel.tick = tick
            for group in channel.groups.values():
                group.has_hole |= has_hole
                if group.is_due:
                    counts.conflated += 1
                elif now - group.told_at >= group.pace_s:
                    group.tell(now, counts)
                else:
                    self._postpone(group)

    def lacks(self, tick: LiveTick) -> bool:
        """Say whether it is newer than what is known of a symbol that is followed."""
        channel = self._channels.get(tick.symbol)
        return channel is not None and (channel.tick is None or channel.tick.sequence < tick.sequence)

    def flush(self, now: float, most: int = _ALL) -> None:
        """Tell those whose time has come; with `most`, no more once there were so many deliveries."""
        end = self.counts.deliveries + most
        while self._due and self._due[0][0] <= now and self.counts.deliveries < end:
            _, _, group = heapq.heappop(self._due)
            group.is_due = False
            group.tell(now, self.counts)

    def _postpone(self, group: Group) -> None:
        group.is_due = True
        # groups have no order of their own
        self._turn += 1
        heapq.heappush(self._due, (group.told_at + group.pace_s, self._turn, group))

    def _settle(self, channel: Channel, tick: LiveTick | None) -> None:
        channel.tick, channel.is_asked = tick, False
        waiting, channel.waiting = channel.waiting, {}
        for subscriber, (pace_s, debt) in waiting.items():
            channel.enter(subscriber, pace_s, debt)


def _stretch(name: str, debt: Debt, tick: LiveTick | None) -> tuple[Frame, ...]:
    """Return what brings a client from what it has to this tick."""
    if tick is None or debt.after is None:
        return (snapshot_frame(name, tick),)
    if debt.has_hole and tick.sequence > debt.after + 1:
        return (gap_frame(name, debt.after, tick.sequence), snapshot_frame(name, tick))
    return (update_frame(name, debt.after + 1, tick),)

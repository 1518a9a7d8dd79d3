"""Decides what of a server's messages the reader of a stream is told: each thing once, in order, no hole unsaid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, final

from tapedeck_client.errors import Unreadable
from tapedeck_client.market import Tick
from tapedeck_client.messages import Event, Gap, Item, Snapshot, Update
from tapedeck_client.records import Record

OWN: Final = "user"


class Hole(Exception):
    """An event is missing that the server keeps: it is asked for again, by resuming."""


@final
class Following:
    """What is wanted, and the last that was seen of each channel."""

    def __init__(self, channels: Iterable[str], after: Mapping[str, int]) -> None:
        # a dict, since it keeps the order in which things were asked for
        self._wanted = dict.fromkeys(channels)
        self._last = dict(after)
        self._dropped = set[str]()
        self._hole: tuple[str, int] | None = None

    @property
    def wanted(self) -> Sequence[str]:
        """The channels that are followed."""
        return list(self._wanted)

    @property
    def positions(self) -> Mapping[str, int]:
        """The last sequence number that was seen of each channel."""
        return dict(self._last)

    def after(self, channels: Iterable[str]) -> Mapping[str, int]:
        """Return where to go on with these channels; the user's own is known by its full name once it was seen."""
        own = [name for name in self._last if name.startswith(f"{OWN}:")]
        named = {name for channel in channels for name in (own if channel == OWN else [channel])}
        return {name: self._last[name] for name in named if name in self._last}

    def want(self, channels: Iterable[str]) -> None:
        """Follow these too."""
        for channel in channels:
            self._wanted[channel] = None
            self._dropped.discard(channel)

    def drop(self, channels: Iterable[str]) -> None:
        """Follow these no longer; what was seen of them is forgotten, so that they begin anew."""
        for channel in channels:
            self._wanted.pop(channel, None)
            self._last.pop(channel, None)
            self._dropped.add(channel)

    def rename(self, asked: Iterable[str], told: Iterable[str]) -> None:
        """Know channels by the names that the server has for them, so that they are resumed by these."""
        for channel in asked:
            self._wanted.pop(channel, None)
        self._wanted.update(dict.fromkeys(channel for channel in told if channel not in self._dropped))

    def take(self, message: Record) -> Iterator[Item]:
        """Yield what the reader is told of a message about a channel; raise Unreadable or Hole."""
        channel = message.text("channel")
        if channel in self._dropped:
            # it was under way when the server was told
            return
        match message.text("type"):
            case "snapshot":
                yield from self._snapshot(channel, message)
            case "update":
                yield from self._update(channel, message)
            case "gap":
                yield from self._gap(channel, message)
            case "event":
                yield from self._event(channel, message)
            case _:
                return

    def _snapshot(self, channel: str, message: Record) -> Iterator[Item]:
        sequence, data = message.whole("sequence"), message.record_or_none("data")
        if channel.startswith(f"{OWN}:"):
            # where the events begin, so that a break before the first of them loses none
            if channel not in self._last:
                self._last[channel] = sequence
                yield Snapshot(channel=channel, sequence=sequence, tick=None)
            return
        last = self._last.get(channel)
        if data is None and last is None:
            yield Snapshot(channel=channel, sequence=sequence, tick=None)
        if data is None or (last is not None and sequence <= last):
            return
        tick = Tick.read(data)
        yield from self._unsaid(channel, sequence)
        self._last[channel] = sequence
        yield Snapshot(channel=channel, sequence=sequence, tick=tick)

    def _update(self, channel: str, message: Record) -> Iterator[Item]:
        first, sequence, tick = message.whole("first"), message.whole("sequence"), Tick.read(message.record("data"))
        if first > sequence:
            raise Unreadable(f"An update of {channel} covers {first} to {sequence}.")
        if sequence <= self._last.get(channel, -1):
            return
        yield from self._unsaid(channel, first)
        self._last[channel] = sequence
        yield Update(channel=channel, sequence=sequence, first=first, tick=tick)

    def _gap(self, channel: str, message: Record) -> Iterator[Item]:
        before = message.whole("before")
        last = self._last.get(channel, message.whole("after"))
        if before > last + 1:
            self._last[channel] = before - 1
            yield Gap(channel=channel, after=last, before=before)

    def _event(self, channel: str, message: Record) -> Iterator[Item]:
        sequence, last = message.whole("sequence"), self._last.get(channel)
        event = Event(
            channel=channel,
            sequence=sequence,
            kind=message.text("kind"),
            at=message.instant("at"),
            data=message.record("data").members,
        )
        if last is not None and sequence <= last:
            return
        if last is not None and sequence > last + 1:
            hole = (channel, last)
            if self._hole != hole:
                self._hole = hole
                raise Hole(f"Event {last + 1} of {channel} did not come; {sequence} did.")
            # asked for again, it did not come either
            yield Gap(channel=channel, after=last, before=sequence)
        self._last[channel] = sequence
        yield event

    def _unsaid(self, channel: str, first: int) -> Iterator[Gap]:
        """Yield the gap before this number that the server did not tell of."""
        last = self._last.get(channel)
        if last is not None and first > last + 1:
            yield Gap(channel=channel, after=last, before=first)

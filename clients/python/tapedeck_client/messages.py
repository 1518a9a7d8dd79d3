"""What a stream tells its reader, item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from tapedeck_client.market import Tick

_MARKET: Final = "market:"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfSymbol:
    channel: str
    sequence: int

    @property
    def symbol(self) -> str:
        """The symbol whose channel it is."""
        return self.channel.removeprefix(_MARKET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(_OfSymbol):
    """What is known of a symbol: the first of its channel, and after each Gap. `tick` is None where nothing is.

    Of the user's own channel it says where the events begin.
    """

    tick: Tick | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(_OfSymbol):
    """What is known of a symbol now; stands for all from `first` to `sequence`, of which only the last matters."""

    first: int
    tick: Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Nothing of what came after `after` and before `before` was seen on this channel, and it will not come.

    Numbers of a market's channel also jump where nothing was lost, as when another process begins to tell of a symbol.
    """

    channel: str
    after: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to this user, told once and in order."""

    channel: str
    sequence: int
    kind: str
    at: datetime
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The server will not do that: of a channel, which is then no longer asked for, or of something else (None)."""

    channel: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The server let this program in; what is followed comes next."""

    connection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """Nothing arrives any more, so that what was shown may be old. Tried again after `retry_in_s`."""

    reason: str
    code: int | None
    retry_in_s: float


Item: TypeAlias = Snapshot | Update | Gap | Event | Refusal | Connected | Disconnected

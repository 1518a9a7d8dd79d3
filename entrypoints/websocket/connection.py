"""What one client has asked for, by whatever transport it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, final

from application.identity.streams import StreamPass
from domain.market_data.ticker import Ticker
from domain.shared.access import Scope
from domain.shared.errors import Forbidden, Invalid, TapedeckError
from entrypoints.websocket.fanout import Fanout
from entrypoints.websocket.frames import MARKET, Frame, frame_of
from entrypoints.websocket.limits import MOST_NAMED, StreamLimits
from entrypoints.websocket.messages import (
    CloseCode,
    Error,
    ErrorCode,
    Limits,
    Refusal,
    ServerMessage,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
    Welcome,
)
from entrypoints.websocket.subscriber import Delivery, Subscriber
from entrypoints.websocket.user_feeds import UserFeeds, channel_of

_OWN: Final = "user"
_MS: Final = 1_000


class Outlet(Protocol):
    """How a client is reached."""

    def deliver(self, frame: Frame) -> Delivery:
        """Return what sends one message: it waits while there is no room for it, and raises once the client is gone."""
        ...

    def end(self, code: int) -> None:
        """Close the connection with this code, soon, and however slow the client is."""
        ...


@final
class Connection:
    """A client that was let in."""

    def __init__(
        self,
        id_: str,
        granted: StreamPass,
        outlet: Outlet,
        *,
        fanout: Fanout,
        users: UserFeeds,
        limits: StreamLimits,
    ) -> None:
        self.id = id_
        self.granted = granted
        self.end = outlet.end
        self.subscriber = Subscriber(outlet.deliver, fanout.spawn, self._too_slow)
        self._fanout = fanout
        self._users = users
        self._limits = limits
        self._symbols: set[str] = set()
        self._hears_own = False

    @property
    def channels(self) -> int:
        """How many channels are followed."""
        return len(self._symbols) + self._hears_own

    @property
    def _too_many(self) -> str:
        return f"A connection follows {self._limits.channels} channels at most."

    def send(self, message: ServerMessage) -> None:
        """Send a message that is for this client alone."""
        self.subscriber.send(frame_of(message))

    def welcome(self) -> None:
        """Tell the client who it is and what it may do."""
        limits = self._limits
        self.send(
            Welcome(
                connection=self.id,
                user=channel_of(self.granted.actor),
                expires_at=self.granted.expires_at,
                limits=Limits(
                    channels=limits.channels,
                    frame_bytes=limits.frame_bytes,
                    messages_per_second=limits.messages_per_second,
                ),
            )
        )

    def subscribe(self, message: Subscribe) -> None:
        """Let the client follow what it may, answer, and bring each channel up to date."""
        if len(message.channels) > max(MOST_NAMED, self._limits.channels):
            self.send(Error(id=message.id, code=ErrorCode.TOO_MANY_CHANNELS, message=self._too_many))
            return
        after = {self._name(name): sequence for name, sequence in message.after.items()}
        refused: list[Refusal] = []
        # in the order in which they were asked for, each once whatever it was called
        granted: dict[str | None, None] = {}
        room = self._limits.channels - self.channels
        for name in dict.fromkeys(message.channels):
            try:
                symbol = self._checked(name)
            except TapedeckError as error:
                code = ErrorCode.INVALID_CHANNEL if isinstance(error, Invalid) else error.code
                refused.append(Refusal(channel=name, code=code, message=error.message))
                continue
            is_new = symbol not in granted and not self._follows(symbol)
            if is_new and not room:
                refused.append(Refusal(channel=name, code=ErrorCode.TOO_MANY_CHANNELS, message=self._too_many))
                continue
            room -= is_new
            granted[symbol] = None
        wants_own = None in granted
        symbols = [symbol for symbol in granted if symbol is not None]
        channels = [f"{MARKET}{symbol}" for symbol in symbols]
        own = channel_of(self.granted.actor)
        self.send(Subscribed(id=message.id, channels=[*channels, *([own] if wants_own else [])], refused=refused))
        for symbol in symbols:
            self._fanout.follow(self.subscriber, symbol, message.conflate_ms / _MS, after.get(f"{MARKET}{symbol}"))
            self._add(symbol)
        if wants_own:
            self._follow_own(after.get(own))

    def unsubscribe(self, message: Unsubscribe) -> None:
        """Let the client follow these no more."""
        names = [self._name(name) for name in message.channels]
        for name in names:
            if name == channel_of(self.granted.actor):
                self._leave_own()
            else:
                self._drop(name.removeprefix(MARKET))
        self.send(Unsubscribed(id=message.id, channels=names))

    def renew(self, granted: StreamPass) -> None:
        """Go on with another pass of the same user; raise Forbidden for another's."""
        actor, known = granted.actor, self.granted.actor
        if (actor.user_id, actor.organisation_id) != (known.user_id, known.organisation_id):
            raise Forbidden("A connection is renewed with a token of the same user.")
        self.granted = granted

    def leave(self) -> None:
        """Follow nothing more."""
        self.subscriber.leave()
        for symbol in list(self._symbols):
            self._drop(symbol)
        self._leave_own()

    def _follow_own(self, after: int | None) -> None:
        if not self._hears_own:
            self._hears_own = True
            self._fanout.subscriptions += 1
        self._users.join(self.subscriber, self.granted.actor, after)

    def _leave_own(self) -> None:
        if self._hears_own:
            self._hears_own = False
            self._fanout.subscriptions -= 1
            self._users.leave(self.subscriber, self.granted.actor.user_id)

    def _add(self, symbol: str) -> None:
        if symbol not in self._symbols:
            self._symbols.add(symbol)
            self._fanout.subscriptions += 1

    def _drop(self, symbol: str) -> None:
        if symbol in self._symbols:
            self._symbols.remove(symbol)
            self._fanout.subscriptions -= 1
            self._fanout.unfollow(self.subscriber, symbol)

    def _follows(self, symbol: str | None) -> bool:
        return self._hears_own if symbol is None else symbol in self._symbols

    def _checked(self, name: str) -> str | None:
        """Return the symbol of a channel that may be followed, None for the user's own; raise for all else."""
        actor = self.granted.actor
        full = self._name(name)
        if full == channel_of(actor):
            actor.require(Scope.LEDGER_READ)
            symbol = None
        elif full.startswith(MARKET):
            actor.require(Scope.MARKET_READ)
            symbol = full.removeprefix(MARKET)
            Ticker.parse(symbol)
        else:
            # another user's and one that does not exist look the same
            raise Invalid("There is no such channel; follow market:<symbol> or user.")
        return symbol

    def _name(self, name: str) -> str:
        """Return the channel's full name; one that can be none is returned as it is."""
        if name == _OWN:
            return channel_of(self.granted.actor)
        if name.startswith(MARKET):
            try:
                return MARKET + str(Ticker.parse(name.removeprefix(MARKET)))
            except Invalid:
                return name
        return name

    def _too_slow(self) -> None:
        self._fanout.slow_closes += 1
        self.end(CloseCode.SLOW)


def positions(text: str) -> Mapping[str, int]:
    """Read positions as `position_text` writes them; what cannot be read is no position."""
    found: dict[str, int] = {}
    for part in text.split(" "):
        name, _, number = part.rpartition("=")
        if name and number.isascii() and number.isdigit() and len(number) <= 16:  # noqa: PLR2004 - digits of 2**53
            found[name] = int(number)
    return found


def position_text(seen: Mapping[str, int]) -> str:
    """Write how far each channel is, for a reader that comes back with it."""
    parts: Sequence[str] = [f"{name}={sequence}" for name, sequence in seen.items()]
    return " ".join(parts)

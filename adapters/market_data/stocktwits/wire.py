"""What StockTwits sends: the members that are read."""

from __future__ import annotations

from msgspec import Struct, field


class User(Struct, frozen=True):
    """Who posts."""

    username: str = ""


class Symbol(Struct, frozen=True):
    """What a post is about."""

    symbol: str = ""


class Basic(Struct, frozen=True):
    """`Bullish` or `Bearish`, if anything."""

    basic: str | None = None


class Entities(Struct, frozen=True):
    """What the author declared."""

    sentiment: Basic | None = None


class Message(Struct, frozen=True):
    """A post."""

    id: int
    created_at: str
    body: str = ""
    user: User = User()
    symbols: list[Symbol] = field(default_factory=list[Symbol])
    entities: Entities = Entities()


class StreamReply(Struct, frozen=True):
    """GET /streams/symbol/{symbol}.json and /streams/trending.json."""

    messages: list[Message]

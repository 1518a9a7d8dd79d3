"""The messages of the stream: what clients say and what they are told, as types.

Every message is one JSON object with its `type`. What clients say is read strictly: a member that is not in here is an
error. What they are told may gain members. `Update` and `Snapshot` are written by `frames`, which joins the tick as the
bus carries it to a head of these members; the tests read its work back with the types of this module.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

LARGEST_SEQUENCE: Final = 2**53 - 1
LONGEST_TOKEN: Final = 8_192
LONGEST_CHANNEL: Final = 80
MOST_CONFLATE_MS: Final = 60_000
DEFAULT_CONFLATE_MS: Final = 200

RequestId: TypeAlias = Annotated[
    int, Meta(ge=0, le=LARGEST_SEQUENCE, description="Chosen by the client; the answer bears it.", examples=[1])
]
Sequence: TypeAlias = Annotated[
    int, Meta(ge=0, le=LARGEST_SEQUENCE, description="Grows within a channel.", examples=[1763712000000123])
]
Token: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=LONGEST_TOKEN, description="An access token.", examples=["eyJhbGciOi…"])
]
ChannelText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_CHANNEL,
        description="`market:` and a symbol, or `user` for the events of whoever is signed in.",
        examples=["market:AAPL"],
    ),
]
ConflateMs: TypeAlias = Annotated[
    int,
    Meta(
        ge=0,
        le=MOST_CONFLATE_MS,
        description="At most one update of a channel in so many milliseconds, the latest; 0 for every tick.",
        examples=[DEFAULT_CONFLATE_MS],
    ),
]


class Authenticate(Struct, frozen=True, tag="authenticate", forbid_unknown_fields=True, kw_only=True):
    """Who is there: the first message of a connection that brought no ticket, within five seconds."""

    token: Token


class Subscribe(Struct, frozen=True, tag="subscribe", rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Follow channels. `after` says what was seen last of some of them, to go on from there after a reconnect."""

    id: RequestId
    channels: Annotated[list[ChannelText], Meta(min_length=1, examples=[["market:AAPL", "user"]])]
    conflate_ms: ConflateMs = DEFAULT_CONFLATE_MS
    after: Annotated[dict[ChannelText, Sequence], Meta(examples=[{"market:AAPL": 1763712000000123}])] = {}


class Unsubscribe(Struct, frozen=True, tag="unsubscribe", forbid_unknown_fields=True, kw_only=True):
    """Follow these channels no more."""

    id: RequestId
    channels: Annotated[list[ChannelText], Meta(min_length=1, examples=[["market:AAPL"]])]


class Renew(Struct, frozen=True, tag="renew", forbid_unknown_fields=True, kw_only=True):
    """Go on with this token, of the same user; without it the connection ends with the token it began with."""

    id: RequestId
    token: Token


class Ping(Struct, frozen=True, tag="ping", forbid_unknown_fields=True, kw_only=True):
    """Ask whether the other side is there: a client's has an id and is answered, the server's needs no answer."""

    id: RequestId | UnsetType = UNSET


ClientMessage: TypeAlias = Authenticate | Subscribe | Unsubscribe | Renew | Ping


class Limits(Struct, frozen=True, rename="camel", kw_only=True):
    """What one connection may do."""

    channels: Annotated[int, Meta(ge=1, description="Channels followed at once.", examples=[200])]
    frame_bytes: Annotated[int, Meta(ge=1, description="The longest message to the server.", examples=[65536])]
    messages_per_second: Annotated[int, Meta(ge=1, description="Messages to the server.", examples=[20])]


class Welcome(Struct, frozen=True, tag="welcome", rename="camel", kw_only=True):
    """The client is signed in, until the token expires."""

    connection: Annotated[str, Meta(description="Quote this when asking for help.", examples=["0192f0c1-5b7a-7c3e"])]
    user: Annotated[str, Meta(description="The channel of the user's own events.", examples=["user:0192f0c1"])]
    expires_at: Annotated[datetime, Meta(tz=True, description="The connection ends then, unless it is renewed.")]
    limits: Limits


class Refusal(Struct, frozen=True, kw_only=True):
    """A channel that is not followed, and why."""

    channel: Annotated[str, Meta(examples=["market:XX!"])]
    code: Annotated[str, Meta(pattern="^[a-z_]{3,64}$", examples=["invalid_channel"])]
    message: Annotated[str, Meta(examples=["XX! can be no symbol."])]


class Subscribed(Struct, frozen=True, tag="subscribed", kw_only=True):
    """These channels are followed from now on, by their full names; each begins with a snapshot unless it is resumed.

    A resumed channel of which nothing was missed begins with its next update.
    """

    id: RequestId
    channels: Annotated[list[str], Meta(examples=[["market:AAPL"]])]
    refused: list[Refusal]


class Unsubscribed(Struct, frozen=True, tag="unsubscribed", kw_only=True):
    """These channels are followed no more; nothing of them comes after this."""

    id: RequestId
    channels: Annotated[list[str], Meta(examples=[["market:AAPL"]])]


class Renewed(Struct, frozen=True, tag="renewed", rename="camel", kw_only=True):
    """The connection goes on with the new token."""

    id: RequestId
    expires_at: Annotated[datetime, Meta(tz=True)]


class Tick(Struct, frozen=True, rename="camel", kw_only=True):
    """What a provider's feed says a symbol costs: all that is known, so that each tick replaces the one before."""

    symbol: Annotated[str, Meta(examples=["AAPL"])]
    provider: Annotated[str, Meta(examples=["simulator"])]
    as_of: Annotated[datetime, Meta(tz=True, description="When the exchange says it was so.")]
    received_at: Annotated[datetime, Meta(tz=True, description="When it reached this service.")]
    currency: Annotated[str, Meta(examples=["USD"])] | None = None
    simulated: bool = False
    last: Annotated[str, Meta(examples=["230.51"])] | None = None
    bid: str | None = None
    ask: str | None = None
    last_size: str | None = None
    bid_size: str | None = None
    ask_size: str | None = None
    volume: str | None = None
    open: str | None = None
    high: str | None = None
    low: str | None = None
    previous_close: str | None = None


class Snapshot(Struct, frozen=True, tag="snapshot", kw_only=True):
    """How a channel stands. Sequence 0 and no data: nothing is known yet; of a user's channel, where it stands."""

    channel: ChannelText
    sequence: Sequence
    data: Tick | None


class Update(Struct, frozen=True, tag="update", kw_only=True):
    """What is new in a channel: it stands for everything from `first` to `sequence`, of which it is the latest."""

    channel: ChannelText
    first: Sequence
    sequence: Sequence
    data: Tick


class Gap(Struct, frozen=True, tag="gap", kw_only=True):
    """What came after `after` and before `before` is lost; a snapshot follows, or the events from `before` on."""

    channel: ChannelText
    after: Sequence
    before: Sequence


class Event(Struct, frozen=True, tag="event", kw_only=True):
    """Something that happened to the user's own: each comes once, in order, and is kept for whoever resumes.

    Kinds are `trades_changed`, `cash_changed`, `transfer_changed`, `corporate_action_changed`, and `job_done` and
    `job_dead` of work in the background; there will be more.
    """

    channel: ChannelText
    sequence: Sequence
    kind: Annotated[str, Meta(pattern="^[a-z_]{3,64}$", examples=["trade_recorded"])]
    at: Annotated[datetime, Meta(tz=True)]
    data: Annotated[Raw, Meta(description="Facts of this kind of event.")]


class Pong(Struct, frozen=True, tag="pong", kw_only=True):
    """The answer to a client's ping."""

    id: RequestId | UnsetType = UNSET


class Error(Struct, frozen=True, tag="error", kw_only=True):
    """Something asked for was not done; the connection goes on. `channel` says of which channel, if of one alone.

    `not_carried` comes once for each channel of a symbol that no feed tells: it stays followed, in case one does.
    """

    id: RequestId | UnsetType = UNSET
    channel: ChannelText | UnsetType = UNSET
    code: Annotated[str, Meta(pattern="^[a-z_]{3,64}$", examples=["too_many_channels"])]
    message: Annotated[str, Meta(examples=["A connection follows 200 channels at most."])]


class Goodbye(Struct, frozen=True, tag="goodbye", rename="camel", kw_only=True):
    """The last message before the server closes; come back after `retryAfterMs`, which differs among clients."""

    reason: Literal["restart"]
    retry_after_ms: Annotated[int, Meta(ge=0, examples=[1234])]


ServerMessage: TypeAlias = (
    Welcome | Subscribed | Unsubscribed | Renewed | Snapshot | Update | Gap | Event | Pong | Ping | Error | Goodbye
)


class ErrorCode:
    """What errors and refusals of channels say, beside the codes that the API has for the same."""

    TOO_MANY_CHANNELS: Final = "too_many_channels"
    INVALID_CHANNEL: Final = "invalid_channel"
    NOT_CARRIED: Final = "not_carried"
    SIGNED_IN_ALREADY: Final = "signed_in_already"
    UNAUTHENTICATED: Final = "unauthenticated"
    SLOW: Final = "slow"


ERROR_REASONS: Final = {
    ErrorCode.TOO_MANY_CHANNELS: "The connection follows as many channels as it may.",
    ErrorCode.INVALID_CHANNEL: "There can be no such channel.",
    ErrorCode.NOT_CARRIED: "No feed has this symbol, or room for it; the channel begins by itself if one has later.",
    ErrorCode.SIGNED_IN_ALREADY: "authenticate came again; renew goes on with another token.",
    ErrorCode.UNAUTHENTICATED: "The token is not good, or no longer; an event stream ends with this.",
    ErrorCode.SLOW: "Events piled up; an event stream ends with this.",
    "forbidden": "Whoever is signed in may not follow this, or the token is another user's.",
    "unavailable": "It cannot be had now; try again a little later.",
}


class CloseCode:
    """Why a connection was closed, as WebSocket close codes."""

    DONE: Final = 1000
    TOO_LARGE: Final = 1009
    LOST: Final = 1011
    RESTART: Final = 1012
    UNREADABLE: Final = 4400
    SIGNED_OUT: Final = 4401
    FOREIGN_ORIGIN: Final = 4403
    SILENT: Final = 4408
    SLOW: Final = 4409
    TOO_MUCH: Final = 4429


CLOSE_REASONS: Final = {
    CloseCode.DONE: "The client is done.",
    CloseCode.TOO_LARGE: "A message was longer than the limit.",
    CloseCode.LOST: "A ping was not answered within twenty seconds: the connection is taken for lost.",
    CloseCode.RESTART: "This process ends, after a goodbye; come back.",
    CloseCode.UNREADABLE: "A message could not be read.",
    CloseCode.SIGNED_OUT: "The token is not good, or no longer: sign in again.",
    CloseCode.FOREIGN_ORIGIN: "Pages of this origin may not connect.",
    CloseCode.SILENT: "No authentication came within five seconds.",
    CloseCode.SLOW: "The client takes its messages too slowly, and events pile up.",
    CloseCode.TOO_MUCH: "Too many messages or connections.",
}

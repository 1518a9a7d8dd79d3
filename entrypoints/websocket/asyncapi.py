"""The protocol as an AsyncAPI document, drawn from the types of `messages`: what is not in them is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from inspect import getdoc
from typing import Final, TypeAlias, get_args

import msgspec
from msgspec import Raw, Struct

from entrypoints.websocket.messages import (
    CLOSE_REASONS,
    ERROR_REASONS,
    Authenticate,
    ClientMessage,
    Error,
    Event,
    Gap,
    Goodbye,
    Limits,
    Ping,
    Pong,
    Refusal,
    Renew,
    Renewed,
    ServerMessage,
    Snapshot,
    Subscribe,
    Subscribed,
    Tick,
    Unsubscribe,
    Unsubscribed,
    Update,
    Welcome,
)

ADDRESS: Final = "/api/v1/stream"
ALIASES: Final = ("/api/v1/stream/quotes", "/api/v1/market/realtime/{symbols}")
SAID: Final[tuple[type[Struct], ...]] = get_args(ClientMessage)
HEARD: Final[tuple[type[Struct], ...]] = get_args(ServerMessage)

_TOKEN: Final = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"  # noqa: S105 - it says nothing, and nobody signed it
_AT: Final = datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)
_USER: Final = "user:0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f"
_AAPL: Final = "market:AAPL"
_FIRST: Final = 1_767_366_245_000_000
_TICK: Final = Tick(symbol="AAPL", provider="simulator", as_of=_AT, received_at=_AT, currency="USD", last="230.51")
EXAMPLES: Final[tuple[Struct, ...]] = (
    Authenticate(token=_TOKEN),
    Subscribe(id=1, channels=[_AAPL, "user"], after={_AAPL: _FIRST}),
    Unsubscribe(id=2, channels=[_AAPL]),
    Renew(id=3, token=_TOKEN),
    Ping(id=4),
    Welcome(
        connection="0192f0c1-5b7a-7c3e-8d1f-2a4b6c8d0e1f",
        user=_USER,
        expires_at=_AT,
        limits=Limits(channels=200, frame_bytes=65_536, messages_per_second=20),
    ),
    Subscribed(
        id=1,
        channels=[_AAPL, _USER],
        refused=[Refusal(channel="market:XX!", code="invalid_channel", message="XX! can be no symbol.")],
    ),
    Unsubscribed(id=2, channels=[_AAPL]),
    Renewed(id=3, expires_at=_AT),
    Snapshot(channel=_AAPL, sequence=_FIRST, data=_TICK),
    Update(channel=_AAPL, first=_FIRST + 1, sequence=_FIRST + 7, data=_TICK),
    Gap(channel=_AAPL, after=_FIRST + 7, before=_FIRST + 12),
    Event(channel=_USER, sequence=7, kind="trades_changed", at=_AT, data=Raw(b'{"count":1}')),
    Pong(id=4),
    Error(id=1, code="too_many_channels", message="A connection follows 200 channels at most."),
    Goodbye(reason="restart", retry_after_ms=1_234),
)

Json: TypeAlias = "str | int | float | bool | Mapping[str, Json] | list[Json] | None"
_SCHEMAS: Final = "#/components/schemas/"
_DESCRIPTION: Final = """Live prices and a user's own events, on one WebSocket.

Who connects is signed in by a ticket in the address (`POST /api/v1/stream/tickets`) or by `authenticate` as the first
message. A channel begins with a snapshot and goes on with updates, each of which stands for everything from `first` to
`sequence`: a client that has `last` finds `first <= last + 1`, or was told of a gap, which a snapshot follows; it may
drop what is not newer than what it has. Events come each once and in order. Whoever comes back says with `after` what
it has seen. The same messages come as server-sent events from `GET /api/v1/stream/events`."""


def describe() -> Mapping[str, Json]:
    """Return the document."""
    kinds = list(dict.fromkeys((*SAID, *HEARD)))
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_SCHEMAS + "{name}")
    examples: Mapping[type[Struct], Struct] = {type(example): example for example in EXAMPLES}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tapedeck stream", "version": "1", "description": _DESCRIPTION},
        "servers": {"this": {"host": "localhost:8000", "protocol": "ws", "description": "Where the API is."}},
        "defaultContentType": "application/json",
        "channels": {
            "stream": {
                "address": ADDRESS,
                "description": f"Also at {' and '.join(ALIASES)}, where the symbols are followed at once.",
                "messages": {_name(kind): {"$ref": f"#/components/messages/{_name(kind)}"} for kind in kinds},
                "bindings": {"ws": {"method": "GET", "query": _QUERY}},
                "x-close-codes": {str(code): reason for code, reason in CLOSE_REASONS.items()},
                "x-error-codes": dict(ERROR_REASONS),
            }
        },
        "operations": {"say": _operation("receive", SAID), "hear": _operation("send", HEARD)},
        "components": {
            "messages": {
                _name(kind): {
                    "name": _name(kind),
                    "summary": (getdoc(kind) or "").partition("\n")[0],
                    "payload": schema,
                    "examples": [{"payload": msgspec.json.decode(msgspec.json.encode(examples[kind]))}],
                }
                for kind, schema in zip(kinds, schemas, strict=True)
            },
            "schemas": components,
        },
    }


_QUERY: Final[Mapping[str, Json]] = {
    "type": "object",
    "properties": {"ticket": {"type": "string", "description": "From `POST /api/v1/stream/tickets`, good once."}},
}


def _operation(action: str, kinds: tuple[type[Struct], ...]) -> Mapping[str, Json]:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/stream"},
        "messages": [{"$ref": f"#/channels/stream/messages/{_name(kind)}"} for kind in kinds],
    }


def _name(kind: type[Struct]) -> str:
    return str(kind.__struct_config__.tag)

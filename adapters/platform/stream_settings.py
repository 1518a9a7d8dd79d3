"""How much one client of the stream may do, and how many clients a process has."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Positive = Annotated[int, Meta(ge=1)]


class StreamSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The limits of `/api/v1/stream`, each of one process.

    A connection follows `channels` channels and sends `messages_per_second` messages of `frame_bytes` bytes at most; a
    user has `connections_per_user` connections and event streams, and all users together `connections`.
    """

    channels: Positive = 200
    messages_per_second: Positive = 20
    frame_bytes: Annotated[int, Meta(ge=1_024, le=1_048_576)] = 65_536
    connections_per_user: Positive = 20
    connections: Positive = 20_000

"""How Massive is reached."""

from __future__ import annotations

from msgspec import Struct

from adapters.market_data.live.settings import Count, StreamUrl
from adapters.platform.secret import Secret


class MassiveSettings(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="massive"
):
    """`key` is sent in a header; what its plan does not include is refused by them.

    The stream takes at most `stream_symbols` over each of `stream_connections` for a kind of thing. A plan with delayed
    prices has the stream wss://delayed.massive.com.
    """

    key: Secret
    url: str = "https://api.massive.com"
    stream_url: StreamUrl = "wss://socket.massive.com"
    stream_symbols: Count = 1_000
    stream_connections: Count = 1

"""How Finnhub is reached."""

from __future__ import annotations

from msgspec import Struct

from adapters.market_data.live.settings import Count, StreamUrl
from adapters.platform.secret import Secret


class FinnhubSettings(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="finnhub"
):
    """`key` is sent in a header, and to the stream in its address; what its plan does not include is refused by them.

    With `candles`, which free plans do not include, bars are theirs; else they are the minutes of what the stream says.
    The stream takes at most `stream_symbols`, over one connection.
    """

    key: Secret
    url: str = "https://finnhub.io/api/v1"
    candles: bool = False
    stream_url: StreamUrl = "wss://ws.finnhub.io"
    stream_symbols: Count = 50


class FinnhubNewsSettings(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="finnhub"
):
    """`key` is sent in a header; calls count with those for prices."""

    key: Secret
    url: str = "https://finnhub.io/api/v1"

"""How Yahoo is reached."""

from __future__ import annotations

from msgspec import Struct

from adapters.market_data.live.settings import Count, StreamUrl


class YahooSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="yahoo"):
    """`url` answers with data, `crumb_url` gives the crumb, and `cookie_url` the cookie that it is good for.

    The stream takes at most `stream_symbols` over each of `stream_connections`.
    """

    url: str = "https://query2.finance.yahoo.com"
    crumb_url: str = "https://query1.finance.yahoo.com"
    cookie_url: str = "https://fc.yahoo.com"
    user_agent: str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
    stream_url: StreamUrl = "wss://streamer.finance.yahoo.com/?version=2"
    stream_symbols: Count = 200
    stream_connections: Count = 2

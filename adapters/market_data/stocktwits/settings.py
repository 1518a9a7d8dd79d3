"""How StockTwits is reached."""

from __future__ import annotations

from msgspec import Struct

from adapters.platform.secret import Secret


class StockTwitsSettings(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="stocktwits"
):
    """`token` is an account's, and raises how often we may ask."""

    url: str = "https://api.stocktwits.com/api/2"
    token: Secret | None = None

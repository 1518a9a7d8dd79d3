"""How Alpha Vantage is reached."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from adapters.platform.secret import Secret


class AlphaVantageSettings(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="alpha_vantage"
):
    """`key` goes into the query, as there is no other way; with the `free` plan a series has its last 100 bars only."""

    key: Secret
    url: str = "https://www.alphavantage.co"
    plan: Literal["free", "premium"] = "free"

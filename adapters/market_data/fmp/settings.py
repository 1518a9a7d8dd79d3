"""How Financial Modeling Prep is reached."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from adapters.platform.secret import Secret


class FmpSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="fmp"):
    """`key` is sent in a header; with a `paid` plan many symbols go into one call."""

    key: Secret
    url: str = "https://financialmodelingprep.com/stable"
    plan: Literal["free", "paid"] = "free"

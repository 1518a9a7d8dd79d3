"""How Benzinga is reached."""

from __future__ import annotations

from msgspec import Struct

from adapters.platform.secret import Secret


class BenzingaSettings(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="benzinga"
):
    """`key` is an account's."""

    key: Secret
    url: str = "https://api.benzinga.com/api/v2"

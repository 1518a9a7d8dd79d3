"""How CoinGecko is reached."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from adapters.platform.secret import Secret

_URLS: Final = {"demo": "https://api.coingecko.com/api/v3", "pro": "https://pro-api.coingecko.com/api/v3"}


class CoinGeckoSettings(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="coingecko"
):
    """`plan` is that of the key, and says where and in which header it is sent; `url` is another address for it.

    Without a key, the address of the demo plan answers a few calls a minute.
    """

    plan: Literal["demo", "pro"] = "demo"
    key: Secret | None = None
    url: str | None = None

    @property
    def address(self) -> str:
        """Where calls go."""
        return self.url or _URLS[self.plan]

    @property
    def headers(self) -> dict[str, str]:
        """What names us, if anything does."""
        return {} if self.key is None else {f"x-cg-{self.plan}-api-key": self.key.reveal()}

"""How NewsAPI is reached."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from adapters.platform.secret import Secret


class NewsApiSettings(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="news_api"
):
    """`key` is an account's; articles are in `language`, by its code of two letters."""

    key: Secret
    url: str = "https://newsapi.org/v2"
    language: Annotated[str, Meta(pattern=r"^[a-z]{2}$")] = "en"

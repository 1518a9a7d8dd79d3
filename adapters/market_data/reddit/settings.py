"""How Reddit is reached."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from adapters.platform.secret import Secret


class RedditSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="reddit"):
    """`client_id` and `client_secret` are an app's; `user_agent` must be its own, and name who runs it.

    Posts are looked for in `communities`.
    """

    client_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    client_secret: Secret
    user_agent: str
    url: str = "https://oauth.reddit.com"
    token_url: str = "https://www.reddit.com/api/v1/access_token"  # noqa: S105 - where a token is had
    communities: tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9_]{2,21}$")], ...] = (
        "stocks",
        "investing",
        "wallstreetbets",
        "CryptoCurrency",
    )

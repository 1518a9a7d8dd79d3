"""Which feed is read."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class FeedSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="provider", tag="feed"):
    """The feed at `url`, RSS or Atom; `name` is what its articles say they come from.

    With `{symbol}` in the address it is a feed of each stock, as Yahoo spells them; else what is looked for is looked
    for in its newest articles.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    url: Annotated[str, Meta(pattern=r"^https?://")]

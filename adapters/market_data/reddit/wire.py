"""What Reddit sends: the members that are read."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Raw, Struct, field


class Token(Struct, frozen=True):
    """Opens the API for a while."""

    access_token: str
    expires_in: int


class Thing(Struct, frozen=True):
    """Something with a kind, on which depends what its data are."""

    kind: str
    data: Raw


class Children(Struct, frozen=True):
    """A page of things."""

    children: list[Thing] = field(default_factory=list[Thing])


class Listing(Struct, frozen=True):
    """GET /r/{communities}/search and /new."""

    data: Children
    kind: str = "Listing"


class Post(Struct, frozen=True):
    """What is posted: `selftext` is its text, `permalink` its page."""

    name: str
    created_utc: Decimal
    title: str = ""
    selftext: str = ""
    permalink: str = ""
    author: str = ""
    subreddit: str = ""
    is_removed: str | None = field(default=None, name="removed_by_category")

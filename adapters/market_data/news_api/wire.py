"""What NewsAPI sends: the members that are read."""

from __future__ import annotations

from msgspec import Struct


class Source(Struct, frozen=True):
    """A paper; only large ones have an id."""

    name: str | None = None


class Story(Struct, frozen=True, rename="camel"):
    """An article, of which `description` is a sentence or two."""

    published_at: str
    title: str | None = None
    description: str | None = None
    url: str | None = None
    source: Source = Source()


class StoriesReply(Struct, frozen=True):
    """GET /everything and /top-headlines."""

    articles: list[Story]


class Trouble(Struct, frozen=True):
    """What goes wrong, with whatever status; `code` is a word of theirs."""

    status: str = ""
    code: str | None = None

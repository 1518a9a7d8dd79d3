"""What Benzinga sends: the members that are read."""

from __future__ import annotations

from msgspec import Struct, field


class Named(Struct, frozen=True):
    """A ticker, of which only the name is told."""

    name: str = ""


class Story(Struct, frozen=True):
    """An article; `teaser` and `body` hold markup, and times are written as in mails."""

    id: int | str
    created: str
    title: str | None = None
    teaser: str | None = None
    body: str | None = None
    url: str | None = None
    author: str | None = None
    stocks: list[Named] = field(default_factory=list[Named])

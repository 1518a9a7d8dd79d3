"""What feeds hold: RSS of all versions, and Atom, read as a stream of XML.

The reader builds no tree, so that depth costs nothing; a document that declares entities is refused before any of them
is used, and nothing is ever fetched for it. Feeds that are not well-formed are refused: reading them all the same, as
some libraries do, takes time that grows with the square of what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final
from xml.parsers import expat

from adapters.market_data.numbers import unreadable

_ITEMS: Final = frozenset({"item", "entry"})
_ROOTS: Final = frozenset({"rss", "RDF", "feed"})
_MOST_ITEMS: Final = 500
_LONGEST: Final = 20_000
# by the name without its namespace; the first that says something is taken
_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "title": "title",
        "link": "link",
        "guid": "id",
        "id": "id",
        "pubDate": "published",
        "published": "published",
        "date": "published",
        "updated": "updated",
        "description": "summary",
        "summary": "summary",
        "encoded": "content",
        "content": "content",
    }
)
_MARKUP: Final = "http://www.w3.org/1999/xhtml"
_MEDIA: Final = "http://search.yahoo.com/mrss/"


@dataclass(slots=True)
class Item:
    """What one article says of itself; texts may hold markup."""

    title: str = ""
    link: str = ""
    id: str = ""
    published: str = ""
    updated: str = ""
    summary: str = ""
    content: str = ""


def read_feed(body: bytes) -> list[Item]:
    """Return the articles, at most 500; raise Unknown with `unreadable` for what is no feed."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.entity
    try:
        parser.Parse(body, True)  # noqa: FBT003 - the interface of expat
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise unreadable("it is not well-formed XML") from error
    if not reader.is_feed:
        raise unreadable("it is no feed")
    return reader.items


@final
class _Reader:
    def __init__(self) -> None:
        self.items: list[Item] = []
        self.is_feed = False
        self._depth = 0
        self._item: Item | None = None
        self._item_depth = 0
        self._field: str | None = None
        self._pieces: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not self._depth:
            self.is_feed = local in _ROOTS
        self._depth += 1
        if self._item is None:
            if local in _ITEMS and len(self.items) < _MOST_ITEMS:
                self._item, self._item_depth = Item(), self._depth
        elif self._depth == self._item_depth + 1:
            # pictures have titles and descriptions of their own
            self._field = None if space == _MEDIA else _FIELDS.get(local)
            self._pieces, self._length = [], 0
            is_page = attributes.get("rel", "alternate") == "alternate"
            if self._field == "link" and "href" in attributes and is_page:
                self._item.link = self._item.link or attributes["href"]
        elif self._field is not None and space == _MARKUP:
            # tags part words
            self.text(" ")

    def text(self, text: str) -> None:
        if self._field is not None and self._length < _LONGEST:
            self._pieces.append(text)
            self._length += len(text)

    def end(self, name: str) -> None:
        del name
        if self._item is not None and self._depth == self._item_depth + 1:
            if self._field is not None and not getattr(self._item, self._field):
                setattr(self._item, self._field, "".join(self._pieces).strip()[:_LONGEST])
            self._field = None
        elif self._item is not None and self._depth == self._item_depth:
            self.items.append(self._item)
            self._item = None
        self._depth -= 1

    def entity(self, *declared: object) -> None:
        del declared
        raise unreadable("it declares entities")

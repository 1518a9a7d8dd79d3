"""Texts as strangers write them, made plain: no markup, nothing that does not print, and no longer than it may be."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import Final
from urllib.parse import urlsplit

from domain.market_data.article import LONGEST_URL

_MOST_MARKUP: Final = 100_000
# what follows `<` in a tag: anything else is a sign that is less than something
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*|[!?])")
_SILENT: Final = frozenset({"script", "style", "template", "head", "noscript"})
_BREAKING: Final = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "table", "blockquote"})
_SCHEMES: Final = frozenset({"http", "https"})
_CUT: Final = "\u2026"
# besides controls, surrogates and separators: what makes a text read otherwise than it is written
_UNWANTED: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_REORDERING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")


def line(text: str | None, longest: int) -> str:
    """Return the text on one line; empty if nothing is left of it."""
    return _cut(" ".join(_printable(text or "").split()), longest)


def prose(text: str | None, longest: int) -> str:
    """Return the text with its lines, without blanks around them and with at most one empty line between."""
    lines = [" ".join(_printable(each).split()) for each in (text or "").splitlines()]
    kept = [each for place, each in enumerate(lines) if each or (place and lines[place - 1])]
    return _cut("\n".join(kept).strip(), longest)


def without_markup(text: str | None) -> str:
    """Return what a browser would show of it, as text; scripts, styles and comments are left out.

    It goes through the text once, however broken that is: the parser of the standard library takes seconds for twenty
    thousand characters of nothing but beginnings of tags.
    """
    markup = (text or "")[:_MOST_MARKUP]
    shown: list[str] = []
    place = 0
    while 0 <= place < len(markup):
        tag = markup.find("<", place)
        shown.append(markup[place:] if tag < 0 else markup[place:tag])
        if tag < 0:
            break
        found = _TAG.match(markup, tag)
        if markup.startswith("<!--", tag):
            place = _behind(markup, "-->", tag)
        elif found is None:
            shown.append("<")
            place = tag + 1
        else:
            name = found[2].lower()
            shown.append("\n" if name in _BREAKING else "")
            place = _behind(markup, ">", tag)
            if name in _SILENT and not found[1] and place >= 0:
                end = re.compile(f"</{name}", re.IGNORECASE).search(markup, place)
                place = -1 if end is None else end.start()
    return unescape("".join(shown))


def _behind(text: str, end: str, start: int) -> int:
    found = text.find(end, start)
    return found if found < 0 else found + len(end)


def web_address(text: str | None) -> str | None:
    """Return an address of the web, or None: other schemes, credentials and what would not print are not followed."""
    address = (text or "").strip()
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.username is None
    except ValueError:
        return None
    is_plain = address.isprintable() and " " not in address and not _REORDERING & set(address)
    return address if is_web and is_plain and len(address) <= LONGEST_URL else None


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        " " if character in "\t\n\r" else character
        for character in text
        if character in "\t\n\r" or (unicodedata.category(character) not in _UNWANTED and character not in _REORDERING)
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + _CUT

"""Which articles tell the same story: papers buy from the same agencies, and providers carry the same papers.

Two texts are one story if they lie at the same address, whatever marks a newsletter or a search engine left on it, or
if they are of the same kind, appeared within two days of each other, and say nearly the same in their titles: the same
numbers, four fifths of the pairs of neighbouring words, and no tickers but those of the other where both name some. A
title of few words, such as a column has every morning, tells nothing: there the whole text must be the same.

The first to tell a story stands for it. Others are compared with the first and not with one another, so that a chain
of small changes does not make one story of two.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import pairwise
from typing import Final, Generic, NamedTuple, TypeVar
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from domain.market_data.article import ArticleKind
from domain.market_data.ticker import Ticker

K = TypeVar("K")

WINDOW: Final = timedelta(days=2)
"""How far apart two texts may have appeared and be the same story for what they say."""

_SHARED: Final = 4
_OF: Final = 5
_TELLING: Final = 5
_WORD: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
# what agencies and papers put before and after a headline
_BEFORE: Final = re.compile(
    r"^(?:(?:update \d+|breaking|exclusive|watch|live|correct(?:ed|ion))\s*[-:\u2013\u2014]\s*)+", re.IGNORECASE
)
_AFTER: Final = re.compile(r"\s+[-|\u2013\u2014]\s+[^-|\u2013\u2014]{2,40}$")
_SAME_HOST: Final = re.compile(r"^(?:www|m|mobile|amp)\.")
_PORTS: Final = {"http": "80", "https": "443"}
_TRACKS: Final = """
    fbclid gclid dclid msclkid yclid igshid mc_cid mc_eid cmpid ncid ocid ref ref_src referrer smid taid guccounter
    guce_referrer guce_referrer_sig soc_src soc_trk tsrc .tsrc yptr _ga amp outputtype
"""
_TRACKING: Final = frozenset(_TRACKS.split())


def url_key(url: str) -> str | None:
    """Return what is the same for all addresses of one page; None for what is no page: no address, or a front page.

    The scheme, `www.` and the like, a default port, a last slash, a fragment, the order of the query and whatever only
    says where a reader came from make no difference.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host:
        return None
    place = _SAME_HOST.sub("", host) if host.count(".") > 1 else host
    if port is not None and str(port) != _PORTS[parts.scheme]:
        place = f"{place}:{port}"
    path = quote(unquote(parts.path, errors="replace"), safe="/:@!$&'()*+,;=-._~").rstrip("/")
    path = path.removesuffix("/amp")
    kept = sorted((name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if _matters(name))
    if not path and not kept:
        return None
    return f"{place}{path}{'?' + urlencode(kept) if kept else ''}"


def _matters(name: str) -> bool:
    lower = name.lower()
    return not lower.startswith("utm_") and lower not in _TRACKING


class Telling(NamedTuple):
    """What of a text is compared. `whole` is None where the title alone is telling."""

    kind: ArticleKind
    published_at: datetime
    page: str | None
    numbers: tuple[str, ...]
    pairs: frozenset[tuple[str, str]]
    whole: tuple[str, ...] | None
    tickers: frozenset[tuple[str, str]]

    @property
    def marks(self) -> frozenset[int]:
        """What finds it by its words: a number of 64 bits for each pair, or one for the whole; none of no words."""
        if self.whole is not None:
            return frozenset({_mark(self.whole)}) if self.whole else frozenset()
        return frozenset(map(_mark, self.pairs))

    @property
    def clues(self) -> frozenset[int]:
        """So many of its marks that whatever tells the same story in nearly the same words has one of them.

        Who shares four fifths of all pairs lacks at most a fifth of these: it has one of any fifth and one more.
        """
        return self.marks if self.whole is not None else frozenset(sorted(self.marks)[: len(self.pairs) // _OF + 1])


def _mark(words: tuple[str, ...]) -> int:
    return int.from_bytes(blake2b(" ".join(words).encode(), digest_size=8).digest(), signed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a telling is made of: an article, or what is kept of one."""

    kind: ArticleKind
    title: str
    summary: str
    url: str | None
    published_at: datetime
    tickers: tuple[Ticker, ...]


def telling(text: Text) -> Telling:
    """Return what of a text is compared."""
    headline = _BEFORE.sub("", text.title)
    shorter = _AFTER.sub("", headline)
    words = _words(headline if len(_words(shorter)) < _TELLING else shorter)
    is_telling = len(words) >= _TELLING
    return Telling(
        kind=text.kind,
        published_at=text.published_at,
        page=None if text.url is None else url_key(text.url),
        numbers=tuple(sorted(word for word in words if word[0].isdigit())),
        pairs=frozenset(pairwise(words)),
        whole=None if is_telling else (*words, *_words(text.summary)),
        # the same symbol on two exchanges is one company to whoever writes
        tickers=frozenset((ticker.asset_class.value, ticker.symbol) for ticker in text.tickers),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("&", " and ")))


def is_same(one: Telling, other: Telling) -> bool:
    """Whether two texts tell the same story."""
    if one.page is not None and one.page == other.page:
        return True
    if one.kind is not other.kind or abs(one.published_at - other.published_at) > WINDOW:
        return False
    if one.tickers and other.tickers and not (one.tickers <= other.tickers or other.tickers <= one.tickers):
        return False
    if one.whole is not None or other.whole is not None:
        return bool(one.whole) and one.whole == other.whole
    shared = len(one.pairs & other.pairs)
    return one.numbers == other.numbers and shared * _OF >= _SHARED * len(one.pairs | other.pairs)


class Stories(Generic[K]):
    """The stories told so far, each by a key; finds the first that a text tells again without comparing it with all."""

    def __init__(self) -> None:
        self._first: list[tuple[K, Telling]] = []
        self._by_page: dict[str, int] = {}
        self._by_mark: defaultdict[int, list[int]] = defaultdict(list)

    def add(self, key: K, first: Telling) -> None:
        """Remember who told a story first."""
        place = len(self._first)
        self._first.append((key, first))
        if first.page is not None:
            self._by_page.setdefault(first.page, place)
        for mark in first.marks:
            self._by_mark[mark].append(place)

    def find(self, again: Telling) -> K | None:
        """Return the key of the story added first among those that this tells again; None if it is a new one."""
        places = {place for clue in again.clues for place in self._by_mark.get(clue, ())}
        if again.page is not None and again.page in self._by_page:
            places.add(self._by_page[again.page])
        for place in sorted(places):
            key, first = self._first[place]
            if is_same(first, again):
                return key
        return None

"""What Reddit's answers mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from adapters.market_data.articles import Draft, article, newest_first
from adapters.market_data.numbers import at, unreadable
from adapters.market_data.reddit.wire import Listing, Post
from domain.market_data.article import Article, ArticleKind
from domain.market_data.ticker import Ticker

PROVIDER: Final = "reddit"
_POST: Final = "t3"
_PAGES: Final = "https://www.reddit.com"
_GONE: Final = frozenset({"[removed]", "[deleted]"})


def words_of(about: Ticker | None, query: str | None) -> str | None:
    """Return what to search for: the words, else the symbol; of a pair, what is priced."""
    if query is not None or about is None:
        return query
    return f'"{about.symbol if about.pair is None else about.pair[0].code}"'


def articles(listing: Listing, about: Ticker | None, received_at: datetime, limit: int) -> Sequence[Article]:
    """Return the posts; those found for a ticker are about it."""
    return newest_first((_article(post, about, received_at) for post in _posts(listing)), limit)


def _posts(listing: Listing) -> Iterator[Post]:
    for thing in listing.data.children:
        if thing.kind == _POST:
            try:
                yield msgspec.json.decode(thing.data, type=Post)
            except msgspec.DecodeError as error:
                raise unreadable("a post is not one") from error


def _article(post: Post, about: Ticker | None, received_at: datetime) -> Article | None:
    if post.is_removed is not None or post.title in _GONE:
        return None
    return article(
        Draft(
            kind=ArticleKind.SOCIAL,
            provider=PROVIDER,
            provider_id=post.name,
            title=post.title,
            summary="" if post.selftext in _GONE else post.selftext,
            url=f"{_PAGES}{post.permalink}" if post.permalink.startswith("/") else None,
            source=f"r/{post.subreddit} u/{post.author}",
            published_at=at(post.created_utc),
            received_at=received_at,
            tickers=() if about is None else (about,),
            # asked for as it was written, which is no HTML
            is_markup=False,
        )
    )

"""What feeds mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from adapters.market_data.articles import Draft, article, holding, moment, newest_first
from adapters.market_data.feeds.wire import Item
from adapters.platform.resilience.failures import Unknown
from domain.market_data.article import Article, ArticleKind
from domain.market_data.ticker import Ticker


def articles(items: Sequence[Item], name: str, about: Ticker | None, received_at: datetime) -> Sequence[Article]:
    """Return the articles of a feed, which are about `about` where that is what the feed is of."""
    return newest_first((_article(item, name, about, received_at) for item in items), len(items))


def _article(item: Item, name: str, about: Ticker | None, received_at: datetime) -> Article | None:
    return article(
        Draft(
            kind=ArticleKind.NEWS,
            provider=name,
            provider_id=item.id or item.link or item.title,
            title=item.title,
            summary=item.summary or item.content,
            url=item.link or item.id,
            source=name,
            published_at=_when(item.published or item.updated, received_at),
            received_at=received_at,
            tickers=() if about is None else (about,),
        )
    )


def _when(told: str, received_at: datetime) -> datetime:
    """When it was published; one that does not say, or not so that it can be read, is of now."""
    try:
        return moment(told)
    except Unknown:
        return received_at


def mentioning(found: Sequence[Article], about: Ticker | None, query: str | None) -> Sequence[Article]:
    """Return the articles that mark the ticker or name it as a word of two letters or more, or hold all the words."""
    if about is not None:
        return [each for each in found if about in each.tickers or _names(each, about)]
    return list(holding(found, query))


def _names(found: Article, about: Ticker) -> bool:
    name = about.symbol if about.pair is None else about.pair[0].code
    # capitals only, and no single letter: `A` and `it` are words
    return len(name) > 1 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", f"{found.title} {found.summary}") is not None

"""What NewsAPI's answers mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from adapters.market_data.articles import Draft, article, moment, newest_first
from adapters.market_data.news_api.wire import Story
from domain.market_data.article import Article, ArticleKind
from domain.market_data.asset_class import AssetClass
from domain.market_data.ticker import Ticker

PROVIDER: Final = "news_api"
# what stands for an article that was taken back
_REMOVED: Final = "[Removed]"


def words_of(about: Ticker | None, query: str | None) -> str | None:
    """Return what to search for: the words, else what papers call the thing."""
    if query is not None or about is None:
        return query
    pair = about.pair
    if pair is None:
        return f'"{about.symbol}"'
    if about.asset_class is AssetClass.CRYPTO:
        return f'"{pair[0].code}"'
    return f'"{pair[0].code}/{pair[1].code}"'


def articles(stories: Sequence[Story], about: Ticker | None, received_at: datetime, limit: int) -> Sequence[Article]:
    """Return the articles; those found for a ticker are about it."""
    return newest_first((_article(story, about, received_at) for story in stories), limit)


def _article(story: Story, about: Ticker | None, received_at: datetime) -> Article | None:
    if story.title == _REMOVED:
        return None
    return article(
        Draft(
            kind=ArticleKind.NEWS,
            provider=PROVIDER,
            # it has no ids
            provider_id=story.url or story.title or "",
            title=story.title,
            summary=story.description,
            url=story.url,
            source=story.source.name,
            published_at=moment(story.published_at),
            received_at=received_at,
            tickers=() if about is None else (about,),
        )
    )

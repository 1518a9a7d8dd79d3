"""What Benzinga's answers mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from adapters.market_data.articles import Draft, article, holding, moment, newest_first, tickers_of
from adapters.market_data.benzinga.wire import Story
from domain.market_data.article import Article, ArticleKind
from domain.market_data.asset_class import AssetClass
from domain.market_data.exchange import EXCHANGES
from domain.market_data.ticker import Ticker

PROVIDER: Final = "benzinga"


def symbol_of(ticker: Ticker) -> str | None:
    """Return what Benzinga calls it; None for what it does not follow.

    It knows America's stocks, and crypto currencies in dollars.
    """
    match ticker.asset_class:
        case AssetClass.STOCK | AssetClass.FUND:
            is_american = ticker.exchange is None or EXCHANGES[ticker.exchange].country == "US"
            return ticker.symbol.replace("-", ".") if is_american else None
        case AssetClass.CRYPTO:
            base, _, quote = ticker.symbol.partition("-")
            return f"${base}" if quote == "USD" else None
        case AssetClass.INDEX | AssetClass.CURRENCY | AssetClass.FUTURE:
            return None


def articles(stories: Sequence[Story], query: str | None, received_at: datetime, limit: int) -> Sequence[Article]:
    """Return the articles; with `query`, those that hold all of its words."""
    found = (_article(story, received_at) for story in stories)
    return newest_first(holding(found, query), limit)


def _article(story: Story, received_at: datetime) -> Article | None:
    # crypto currencies carry a mark of their own
    symbols = [f"{each.name[1:]}-USD" if each.name.startswith("$") else each.name for each in story.stocks]
    return article(
        Draft(
            kind=ArticleKind.NEWS,
            provider=PROVIDER,
            provider_id=str(story.id),
            title=story.title,
            summary=story.teaser or story.body,
            url=story.url,
            source="Benzinga",
            published_at=moment(story.created),
            received_at=received_at,
            tickers=tickers_of(symbols),
        )
    )

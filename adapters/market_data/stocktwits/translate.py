"""What StockTwits' answers mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from html import unescape
from types import MappingProxyType
from typing import Final

from adapters.market_data.articles import Draft, article, holding, moment, newest_first, tickers_of
from adapters.market_data.stocktwits.wire import Message
from domain.market_data.article import Article, ArticleKind
from domain.market_data.asset_class import AssetClass
from domain.market_data.exchange import EXCHANGES
from domain.market_data.ticker import Ticker

PROVIDER: Final = "stocktwits"
_PAGES: Final = "https://stocktwits.com"
_CRYPTO: Final = ".X"
_DECLARED: Final[Mapping[str, Decimal]] = MappingProxyType({"Bullish": Decimal(1), "Bearish": Decimal(-1)})


def symbol_of(ticker: Ticker) -> str | None:
    """Return what StockTwits calls it; None for what it has no stream of: it knows America's stocks, and crypto."""
    match ticker.asset_class:
        case AssetClass.STOCK | AssetClass.FUND:
            is_american = ticker.exchange is None or EXCHANGES[ticker.exchange].country == "US"
            return ticker.symbol.replace("-", ".") if is_american else None
        case AssetClass.CRYPTO:
            return ticker.symbol.partition("-")[0] + _CRYPTO
        case AssetClass.INDEX | AssetClass.CURRENCY | AssetClass.FUTURE:
            return None


def articles(messages: Sequence[Message], query: str | None, received_at: datetime, limit: int) -> Sequence[Article]:
    """Return the posts; with `query`, those that hold all of its words."""
    found = (_article(message, received_at) for message in messages)
    return newest_first(holding(found, query), limit)


def _article(message: Message, received_at: datetime) -> Article | None:
    sentiment = message.entities.sentiment
    return article(
        Draft(
            kind=ArticleKind.SOCIAL,
            provider=PROVIDER,
            provider_id=str(message.id),
            title=None,
            # text, but with references for what HTML reserves
            summary=unescape(message.body),
            url=f"{_PAGES}/message/{message.id}",
            source=message.user.username,
            published_at=moment(message.created_at),
            received_at=received_at,
            tickers=tickers_of(_symbol(each.symbol) for each in message.symbols),
            is_markup=False,
            author_sentiment=None if sentiment is None else _DECLARED.get(sentiment.basic or ""),
        )
    )


def _symbol(theirs: str) -> str:
    return f"{theirs.removesuffix(_CRYPTO)}-USD" if theirs.endswith(_CRYPTO) else theirs

"""The routes of news, posts and how they sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal, TypeAlias

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from application.market_data.news.ports import Wanted
from application.market_data.news.read_news import ReadNews
from application.market_data.news.read_sentiment import ReadSentiment
from domain.market_data.article import ArticleKind
from domain.market_data.ticker import Ticker
from domain.shared.access import Actor, Scope
from domain.shared.errors import Invalid
from entrypoints.http.envelope import Success, cache_meta, success
from entrypoints.http.kept import same_for_everybody
from entrypoints.http.market_data.news_schemas import (
    MarketSentimentBody,
    NewsBody,
    market_sentiment_body,
    news_body,
)
from entrypoints.http.market_data.texts import SymbolsText, SymbolText, to_tickers
from entrypoints.http.problem import errors
from entrypoints.http.types import LINE_PATTERN

_MOST: Final = 100
_MOST_SYMBOLS: Final = 10
_TAGS: Final = ["news"]

KindText: TypeAlias = Literal["all", "news", "social"]
Limit: TypeAlias = Annotated[
    Annotated[int, Meta(ge=1, le=_MOST, examples=[20])], QueryParameter(description="How many at most.")
]
KindQuery: TypeAlias = Annotated[
    KindText, QueryParameter(name="type", description="`news` of editorial offices, `social` of anybody, or `all`.")
]
Words: TypeAlias = Annotated[
    Annotated[str, Meta(min_length=1, max_length=200, pattern=LINE_PATTERN)] | None,
    QueryParameter(name="query", description="Words, all of which it holds."),
]

Symbols: TypeAlias = Annotated[
    SymbolsText | None, QueryParameter(description=f"About any of these, at most {_MOST_SYMBOLS}.")
]


@get("/news", tags=_TAGS, responses=errors(404, 422, 503), opt=same_for_everybody(Scope.MARKET_READ))
async def read_news_with_words(
    actor: NamedDependency[Actor],
    read_news: NamedDependency[ReadNews],
    *,
    words: Words = None,
    symbols: Symbols = None,
    kind: KindQuery = "news",
    limit: Limit = 50,
) -> Success[NewsBody]:
    """Read the newest stories: with these words, about these symbols, or at all.

    Texts come from strangers: show them as text. A source that gives no answer is in `missing`, with the reason; what
    it told before is still here.
    """
    wanted = Wanted(about=_tickers(symbols), words=words, kind=_kind(kind), limit=limit)
    found = await read_news(actor, wanted)
    return success(news_body(found.value), cache=cache_meta(found))


@get(
    "/news/{symbol:str}",
    tags=_TAGS,
    responses=errors(404, 422, 503),
    opt=same_for_everybody(Scope.MARKET_READ),
)
async def read_news_about_a_symbol(
    actor: NamedDependency[Actor],
    read_news: NamedDependency[ReadNews],
    symbol: FromPath[SymbolText],
    kind: KindQuery = "news",
    limit: Limit = 50,
) -> Success[NewsBody]:
    """Read the newest stories about a symbol."""
    return await _about(actor, read_news, symbol, kind, limit)


@get(
    "/market/stocks/{symbol:str}/news",
    tags=_TAGS,
    responses=errors(404, 422, 503),
    opt=same_for_everybody(Scope.MARKET_READ),
)
async def read_news_about_a_stock(
    actor: NamedDependency[Actor],
    read_news: NamedDependency[ReadNews],
    symbol: FromPath[SymbolText],
    kind: KindQuery = "news",
    limit: Limit = 50,
) -> Success[NewsBody]:
    """Read the newest stories about a stock; the same as `/news/{symbol}`."""
    return await _about(actor, read_news, symbol, kind, limit)


@get("/sentiment", tags=_TAGS, responses=errors(404, 422, 503), opt=same_for_everybody(Scope.MARKET_READ))
async def read_market_sentiment(
    actor: NamedDependency[Actor],
    read_sentiment: NamedDependency[ReadSentiment],
    *,
    words: Words = None,
    symbols: Symbols = None,
    kind: KindQuery = "all",
    limit: Annotated[
        Annotated[int, Meta(ge=1, le=_MOST, examples=[20])], QueryParameter(description="Of how many stories.")
    ] = 20,
) -> Success[MarketSentimentBody]:
    """Read how the newest stories sound, and the stories. A query of one word in capitals is one of the symbols.

    Each score names the `model` and `version` that gave it, a lexicon unless the server has another; they are not what
    anybody should trade by alone.
    """
    ticker = None if words is None else _symbol(words)
    named = _tickers(symbols)
    wanted = Wanted(
        about=named if ticker is None else tuple(sorted({*named, ticker}, key=str)),
        words=words if ticker is None else None,
        kind=_kind(kind),
        limit=limit,
    )
    found = await read_sentiment(actor, wanted)
    return success(market_sentiment_body(found.value), cache=cache_meta(found))


async def _about(actor: Actor, read_news: ReadNews, symbol: str, kind: KindText, limit: int) -> Success[NewsBody]:
    found = await read_news(actor, Wanted(about=(Ticker.parse(symbol),), kind=_kind(kind), limit=limit))
    return success(news_body(found.value), cache=cache_meta(found))


def _kind(text: KindText) -> ArticleKind | None:
    return None if text == "all" else ArticleKind(text)


def _tickers(symbols: str | None) -> tuple[Ticker, ...]:
    # in one order, so that the same question is the same
    tickers = () if symbols is None else tuple(sorted(set(to_tickers(symbols)), key=str))
    if len(tickers) > _MOST_SYMBOLS:
        raise Invalid(f"At most {_MOST_SYMBOLS} symbols may be asked for at once; got {len(tickers)}.", field="symbols")
    return tickers


def _symbol(words: str) -> Ticker | None:
    """The ticker that a query names by a word in capitals; None for other words."""
    if words != words.upper() or " " in words.strip() or not words.isascii():
        return None
    try:
        return Ticker.parse(words)
    except Invalid:
        return None


ROUTES: Sequence[ControllerRouterHandler] = [
    read_news_with_words,
    read_news_about_a_symbol,
    read_news_about_a_stock,
    read_market_sentiment,
]

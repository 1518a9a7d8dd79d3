"""Which sources of news there are: each is a folder, a member of the settings and a line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from adapters.market_data.benzinga.client import Benzinga
from adapters.market_data.benzinga.settings import BenzingaSettings
from adapters.market_data.feeds.client import Feed
from adapters.market_data.feeds.settings import FeedSettings
from adapters.market_data.finnhub.news import FinnhubNews
from adapters.market_data.finnhub.settings import FinnhubNewsSettings
from adapters.market_data.news_api.client import NewsApi
from adapters.market_data.news_api.failures import judge as judge_news_api
from adapters.market_data.news_api.settings import NewsApiSettings
from adapters.market_data.news_desk import NamedSource, SourcesDesk
from adapters.market_data.reddit.client import Reddit
from adapters.market_data.reddit.settings import RedditSettings
from adapters.market_data.settings import MarketDataSettings, NewsSettings, name_of
from adapters.market_data.simulator.articles import PROVIDER as SIMULATOR
from adapters.market_data.simulator.articles import SimulatedArticles
from adapters.market_data.stocktwits.client import StockTwits
from adapters.market_data.stocktwits.settings import StockTwitsSettings
from adapters.platform.http_client.provider import Judge, Provider, by_status
from application.shared.ports import Clock
from domain.market_data.article import ArticleKind

MakeProvider: TypeAlias = Callable[[str, Judge], Provider]


def news_desk(settings: MarketDataSettings, make: MakeProvider, clock: Clock) -> SourcesDesk:
    """Return the desk of the sources that the settings name, or of the simulator where everything is made up.

    `make` returns the provider of a name, which counts its failures and calls.
    """
    if settings.seed is not None:
        simulated = NamedSource(name=SIMULATOR, kind=None, source=SimulatedArticles(str(settings.seed), clock))
        return SourcesDesk([simulated], simulated=True)
    return SourcesDesk([_source(each, make, clock) for each in settings.news], simulated=False)


def _source(settings: NewsSettings, make: MakeProvider, clock: Clock) -> NamedSource:
    match settings:
        case NewsApiSettings():
            source = NewsApi(settings, make("news_api", judge_news_api), clock)
            return NamedSource(name="news_api", kind=ArticleKind.NEWS, source=source)
        case BenzingaSettings():
            benzinga = Benzinga(settings, make("benzinga", by_status), clock)
            return NamedSource(name="benzinga", kind=ArticleKind.NEWS, source=benzinga)
        case FinnhubNewsSettings():
            finnhub = FinnhubNews(settings, make("finnhub", by_status), clock)
            return NamedSource(name="finnhub", kind=ArticleKind.NEWS, source=finnhub)
        case RedditSettings():
            reddit = Reddit(settings, make("reddit", by_status), make("reddit_tokens", by_status), clock)
            return NamedSource(name="reddit", kind=ArticleKind.SOCIAL, source=reddit)
        case StockTwitsSettings():
            stocktwits = StockTwits(settings, make("stocktwits", by_status), clock)
            return NamedSource(name="stocktwits", kind=ArticleKind.SOCIAL, source=stocktwits)
        case FeedSettings():
            feed = Feed(settings, make(name_of(settings), by_status), clock)
            return NamedSource(name=settings.name, kind=ArticleKind.NEWS, source=feed)

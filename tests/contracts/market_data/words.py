"""What providers of news and posts are asked for."""

from __future__ import annotations

from typing import Final

from adapters.market_data.benzinga.client import Benzinga
from adapters.market_data.benzinga.settings import BenzingaSettings
from adapters.market_data.feeds.client import Feed
from adapters.market_data.feeds.settings import FeedSettings
from adapters.market_data.finnhub.news import FinnhubNews
from adapters.market_data.finnhub.settings import FinnhubNewsSettings
from adapters.market_data.news_api.client import NewsApi
from adapters.market_data.news_api.failures import judge
from adapters.market_data.news_api.settings import NewsApiSettings
from adapters.market_data.reddit.client import Reddit
from adapters.market_data.reddit.settings import RedditSettings
from adapters.market_data.stocktwits.client import StockTwits
from adapters.market_data.stocktwits.settings import StockTwitsSettings
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.policy import Policy, Terms
from adapters.platform.secret import Secret
from application.market_data.ports import ArticleSource
from tests.adapters.market_data.benzinga import samples as benzinga
from tests.adapters.market_data.feeds import samples as feeds
from tests.adapters.market_data.finnhub import samples as finnhub
from tests.adapters.market_data.news_api import samples as news_api
from tests.adapters.market_data.reddit import samples as reddit
from tests.adapters.market_data.stocktwits import samples as stocktwits
from tests.contracts.market_data.subject import AAPL, NOW, Subject
from tests.fakes.platform import FakeClock
from tests.provider_server import answer

_KEY: Final = Secret("key-of-the-user")


def _news_api(url: str, client: HttpClient, terms: Terms) -> ArticleSource:
    provider = Provider(Policy("news_api", terms), client, judge=judge)
    return NewsApi(NewsApiSettings(url=url, key=_KEY), provider, FakeClock(NOW))


def _benzinga(url: str, client: HttpClient, terms: Terms) -> ArticleSource:
    provider = Provider(Policy("benzinga", terms), client)
    return Benzinga(BenzingaSettings(url=url, key=_KEY), provider, FakeClock(NOW))


def _finnhub(url: str, client: HttpClient, terms: Terms) -> ArticleSource:
    provider = Provider(Policy("finnhub", terms), client)
    return FinnhubNews(FinnhubNewsSettings(url=url, key=_KEY), provider, FakeClock(NOW))


def _reddit(url: str, client: HttpClient, terms: Terms) -> ArticleSource:
    settings = RedditSettings(
        url=url, token_url=f"{url}/token", client_id="app", client_secret=_KEY, user_agent="tests by nobody"
    )
    provider, tokens = Provider(Policy("reddit", terms), client), Provider(Policy("reddit_tokens", terms), client)
    return Reddit(settings, provider, tokens, FakeClock(NOW))


def _stocktwits(url: str, client: HttpClient, terms: Terms) -> ArticleSource:
    provider = Provider(Policy("stocktwits", terms), client)
    return StockTwits(StockTwitsSettings(url=url, token=_KEY), provider, FakeClock(NOW))


def _feed(url: str, client: HttpClient, terms: Terms) -> ArticleSource:
    provider = Provider(Policy("feed_example", terms), client)
    return Feed(FeedSettings(name="example", url=f"{url}/rss"), provider, FakeClock(NOW))


WORDS: Final = (
    Subject(
        name="news_api articles",
        ask=lambda url, client, terms: _news_api(url, client, terms).articles(AAPL, None, 20),
        known=answer(200, news_api.STORIES),
        unknown=answer(200, news_api.NO_STORIES),
        nothing=[],
    ),
    Subject(
        name="benzinga articles",
        ask=lambda url, client, terms: _benzinga(url, client, terms).articles(AAPL, None, 20),
        known=answer(200, benzinga.STORIES),
        unknown=answer(200, b"[]"),
        nothing=[],
    ),
    Subject(
        name="finnhub articles",
        ask=lambda url, client, terms: _finnhub(url, client, terms).articles(AAPL, None, 20),
        known=answer(200, finnhub.STORIES),
        unknown=answer(200, b"[]"),
        nothing=[],
    ),
    Subject(
        name="reddit articles",
        ask=lambda url, client, terms: _reddit(url, client, terms).articles(AAPL, None, 20),
        before=(answer(200, reddit.TOKEN),),
        known=answer(200, reddit.POSTS),
        unknown=answer(200, reddit.NO_POSTS),
        nothing=[],
    ),
    Subject(
        name="stocktwits articles",
        ask=lambda url, client, terms: _stocktwits(url, client, terms).articles(AAPL, None, 20),
        known=answer(200, stocktwits.STREAM),
        unknown=answer(404, stocktwits.NO_STREAM),
        nothing=[],
    ),
    Subject(
        name="feed articles",
        ask=lambda url, client, terms: _feed(url, client, terms).articles(AAPL, None, 20),
        known=answer(200, feeds.RSS, content_type="application/rss+xml"),
        unknown=answer(200, feeds.NO_ITEMS, content_type="application/rss+xml"),
        nothing=[],
    ),
)

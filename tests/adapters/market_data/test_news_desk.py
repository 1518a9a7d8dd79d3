"""The desk asks everybody at once: who fails is named, and what the simulator makes up is the same everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from adapters.market_data.feeds.settings import FeedSettings
from adapters.market_data.news_api.settings import NewsApiSettings
from adapters.market_data.news_desk import NamedSource, SourcesDesk
from adapters.market_data.news_sources import news_desk
from adapters.market_data.settings import MarketDataSettings
from adapters.market_data.simulator.articles import SimulatedArticles
from adapters.market_data.yahoo.settings import YahooSettings
from adapters.platform.http_client.addresses import Reach
from adapters.platform.http_client.client import HttpClient
from adapters.platform.http_client.provider import Judge, Provider
from adapters.platform.resilience.policies import Policies
from adapters.platform.secret import Secret
from application.market_data.news.ports import Wanted
from application.market_data.ports import ArticleSource, SourceFailed
from domain.market_data.article import Article, ArticleKind
from domain.market_data.provenance import Fallback, Refusal
from domain.market_data.ticker import Ticker
from tests.contracts.market_data.subject import AAPL, NOW
from tests.fakes.platform import FakeClock

pytestmark = pytest.mark.anyio

MSFT = Ticker("MSFT")


class Asked(ArticleSource):
    """Answers when everybody who should be asked has been asked, or fails."""

    def __init__(self, everybody: asyncio.Barrier, refusal: Refusal | None = None) -> None:
        self.everybody = everybody
        self.refusal = refusal
        self.abouts: list[Ticker | None] = []

    async def articles(self, about: Ticker | None, query: str | None, limit: int) -> Sequence[Article]:
        """Wait for the others."""
        self.abouts.append(about)
        await self.everybody.wait()
        if self.refusal is not None:
            raise SourceFailed(self.refusal, "as it was told")
        return await SimulatedArticles("seed", FakeClock(NOW)).articles(about, query, limit)


def named(name: str, kind: ArticleKind | None, source: ArticleSource) -> NamedSource:
    return NamedSource(name=name, kind=kind, source=source)


async def test_everybody_is_asked_at_once_about_each_ticker() -> None:
    """Nobody waits for who is slow, and who fails for several tickers is named once."""
    everybody = asyncio.Barrier(4)
    well, ill = Asked(everybody), Asked(everybody, Refusal.LIMITED)
    desk = SourcesDesk([named("well", None, well), named("ill", None, ill)], simulated=False)
    async with asyncio.timeout(30):
        gathered = await desk.gather(Wanted(about=(AAPL, MSFT)))
    assert (set(well.abouts), set(ill.abouts)) == ({AAPL, MSFT}, {AAPL, MSFT})
    assert {article.tickers for article in gathered.articles} == {(AAPL,), (MSFT,)}
    assert (gathered.refusals, gathered.asked) == ((Fallback("ill", Refusal.LIMITED),), 2)


async def test_who_has_none_of_the_kind_is_not_asked() -> None:
    """And of who has both, only that kind is taken."""
    both, social = Asked(asyncio.Barrier(1)), Asked(asyncio.Barrier(1))
    desk = SourcesDesk([named("both", None, both), named("social", ArticleKind.SOCIAL, social)], simulated=False)
    gathered = await desk.gather(Wanted(about=(AAPL,), kind=ArticleKind.NEWS))
    assert (gathered.asked, social.abouts) == (1, [])
    assert {article.kind for article in gathered.articles} == {ArticleKind.NEWS}


async def test_the_simulator_says_the_same_to_everybody() -> None:
    """With the same seed at the same time; an hour later there is more, and nothing else than before."""
    clock = FakeClock(NOW)
    first = await SimulatedArticles("seed", FakeClock(NOW)).articles(AAPL, None, 1_000)
    source = SimulatedArticles("seed", clock)
    assert await source.articles(AAPL, None, 1_000) == first
    clock.advance(hours=2)
    later = await source.articles(AAPL, None, 1_000)
    oldest = NOW - timedelta(hours=60)
    ids = {article.provider_id for article in first if article.published_at > oldest}
    assert ids <= {article.provider_id for article in later}
    assert await SimulatedArticles("other", FakeClock(NOW)).articles(AAPL, None, 1_000) != first
    assert all(article.provenance.simulated and article.published_at <= NOW for article in first)
    assert {article.kind for article in first} == set(ArticleKind)


async def test_the_simulator_is_asked_only_where_there_is_nobody_else() -> None:
    """With one source, or with prices that are real, it has nothing to say."""
    policies, client = Policies(), HttpClient(Reach.CONFIGURED)

    def make(name: str, judge: Judge) -> Provider:
        return Provider(policies.policy(name), client, judge=judge)

    assert news_desk(MarketDataSettings(), make, FakeClock(NOW)).is_simulated
    assert not news_desk(MarketDataSettings(providers=(YahooSettings(),)), make, FakeClock(NOW)).is_simulated
    some = (
        NewsApiSettings(key=Secret("key-of-the-user")),
        FeedSettings(name="one", url="https://example.com/rss"),
        FeedSettings(name="two", url="https://example.com/rss"),
    )
    assert not news_desk(MarketDataSettings(news=some), make, FakeClock(NOW)).is_simulated
    assert [probe.name for probe in policies.probes] == ["news_api", "feed_one", "feed_two"]
    await client.aclose()

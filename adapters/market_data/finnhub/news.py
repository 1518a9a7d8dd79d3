"""Asks Finnhub for news, and has the answer understood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, final

from adapters.market_data.articles import Draft, article, holding, newest_first, tickers_of
from adapters.market_data.coverage import is_american
from adapters.market_data.failing import source_failures
from adapters.market_data.finnhub.settings import FinnhubNewsSettings
from adapters.market_data.finnhub.wire import Story
from adapters.market_data.numbers import at
from adapters.platform.http_client.client import Request
from adapters.platform.http_client.provider import Provider
from application.market_data.ports import ArticleSource
from application.shared.ports import Clock
from domain.market_data.article import Article, ArticleKind
from domain.market_data.ticker import Ticker

PROVIDER: Final = "finnhub"
# it tells all of a span at once: of a large company a week is hundreds
_REACH: Final = timedelta(days=7)


@final
class FinnhubNews(ArticleSource):
    """Articles of the last week about an American share, or the newest of all, among which words are looked for."""

    def __init__(self, settings: FinnhubNewsSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock

    async def articles(self, about: Ticker | None, query: str | None, limit: int) -> Sequence[Article]:
        """Return the newest; of what is no American share there is nothing, and nobody is asked."""
        now = self._clock.now()
        if about is None:
            request = self._request("/news", category="general")
        elif is_american(about):
            days = {"from": f"{now - _REACH:%Y-%m-%d}", "to": f"{now:%Y-%m-%d}"}
            request = self._request("/company-news", symbol=about.symbol.replace("-", "."), **days)
        else:
            return []
        words = None if about is not None else query
        with source_failures():
            found = await self._provider.read(
                request,
                lambda reply: newest_first(
                    holding((self._article(story, about) for story in reply.json(list[Story])), words), limit
                ),
            )
        return [] if found is None else found

    def _article(self, story: Story, about: Ticker | None) -> Article | None:
        related = [symbol.strip() for symbol in story.related.split(",")]
        return article(
            Draft(
                kind=ArticleKind.NEWS,
                provider=PROVIDER,
                provider_id=str(story.id),
                title=story.headline,
                summary=story.summary,
                url=story.url,
                source=story.source,
                published_at=at(story.datetime),
                received_at=self._clock.now(),
                tickers=tickers_of(related) if about is None else (about,),
            )
        )

    def _request(self, path: str, **query: str) -> Request:
        headers = {"accept": "application/json", "x-finnhub-token": self._settings.key.reveal()}
        return Request(method="GET", url=self._settings.url + path, query=query, headers=headers)

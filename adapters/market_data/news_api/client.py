"""Asks NewsAPI, and has the answer understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from adapters.market_data.failing import source_failures
from adapters.market_data.news_api import translate
from adapters.market_data.news_api.settings import NewsApiSettings
from adapters.market_data.news_api.wire import StoriesReply
from adapters.platform.http_client.client import Request
from adapters.platform.http_client.provider import Provider
from application.market_data.ports import ArticleSource
from application.shared.ports import Clock
from domain.market_data.article import Article
from domain.market_data.ticker import Ticker

_AT_ONCE: Final = 100
_LONGEST: Final = 500


@final
class NewsApi(ArticleSource):
    """Articles with certain words, or the headlines of business."""

    def __init__(self, settings: NewsApiSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock

    async def articles(self, about: Ticker | None, query: str | None, limit: int) -> Sequence[Article]:
        """Return the newest."""
        words = translate.words_of(about, query)
        size = {"pageSize": str(min(limit, _AT_ONCE))}
        if words is None:
            asked = self._request(
                "/top-headlines", {"category": "business", "language": self._settings.language, **size}
            )
        else:
            search = {"q": words[:_LONGEST], "language": self._settings.language, "sortBy": "publishedAt", **size}
            asked = self._request("/everything", search)
        with source_failures():
            found = await self._provider.read(
                asked,
                lambda reply: translate.articles(reply.json(StoriesReply).articles, about, self._clock.now(), limit),
            )
        return [] if found is None else found

    def _request(self, path: str, query: dict[str, str]) -> Request:
        return Request(
            method="GET",
            url=self._settings.url + path,
            query=query,
            headers={"x-api-key": self._settings.key.reveal(), "accept": "application/json"},
        )

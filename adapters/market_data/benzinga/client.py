"""Asks Benzinga, and has the answer understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from adapters.market_data.benzinga import translate
from adapters.market_data.benzinga.settings import BenzingaSettings
from adapters.market_data.benzinga.wire import Story
from adapters.market_data.failing import source_failures
from adapters.platform.http_client.client import Request
from adapters.platform.http_client.provider import Provider
from application.market_data.ports import ArticleSource
from application.shared.ports import Clock
from domain.market_data.article import Article
from domain.market_data.ticker import Ticker

_AT_ONCE: Final = 100


@final
class Benzinga(ArticleSource):
    """Articles about a ticker, or the newest. It has no search: words are looked for among the newest hundred."""

    def __init__(self, settings: BenzingaSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock

    async def articles(self, about: Ticker | None, query: str | None, limit: int) -> Sequence[Article]:
        """Return the newest; of what Benzinga does not follow there is nothing, and it is not asked."""
        wanted = _AT_ONCE if query is not None and about is None else min(limit, _AT_ONCE)
        asked = {"pageSize": str(wanted), "displayOutput": "abstract", "sort": "created:desc"}
        if about is not None:
            symbol = translate.symbol_of(about)
            if symbol is None:
                return []
            asked["tickers"] = symbol
        request = Request(
            method="GET",
            url=f"{self._settings.url}/news",
            query=asked,
            # without `accept` the answer is XML
            headers={"authorization": f"token {self._settings.key.reveal()}", "accept": "application/json"},
        )
        words = None if about is not None else query
        with source_failures():
            found = await self._provider.read(
                request, lambda reply: translate.articles(reply.json(list[Story]), words, self._clock.now(), limit)
            )
        return [] if found is None else found

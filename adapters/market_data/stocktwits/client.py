"""Asks StockTwits, and has the answer understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from adapters.market_data.failing import source_failures
from adapters.market_data.stocktwits import translate
from adapters.market_data.stocktwits.settings import StockTwitsSettings
from adapters.market_data.stocktwits.wire import StreamReply
from adapters.platform.http_client.client import Request
from adapters.platform.http_client.provider import Provider
from application.market_data.ports import ArticleSource
from application.shared.ports import Clock
from domain.market_data.article import Article
from domain.market_data.ticker import Ticker

_AT_ONCE: Final = 30


@final
class StockTwits(ArticleSource):
    """Posts about a ticker, or about whatever many talk of. It has no search: words are looked for among those."""

    def __init__(self, settings: StockTwitsSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock

    async def articles(self, about: Ticker | None, query: str | None, limit: int) -> Sequence[Article]:
        """Return the newest; of what has no stream there is nothing, and StockTwits is not asked."""
        symbol = None if about is None else translate.symbol_of(about)
        if about is not None and symbol is None:
            return []
        stream = "trending" if symbol is None else f"symbol/{symbol}"
        words = None if about is not None else query
        token = self._settings.token
        request = Request(
            method="GET",
            url=f"{self._settings.url}/streams/{stream}.json",
            query={"limit": str(_AT_ONCE if words is not None else min(limit, _AT_ONCE))},
            headers={"accept": "application/json"}
            | ({} if token is None else {"authorization": f"OAuth {token.reveal()}"}),
        )
        with source_failures():
            found = await self._provider.read(
                request,
                lambda reply: translate.articles(reply.json(StreamReply).messages, words, self._clock.now(), limit),
            )
        return [] if found is None else found

"""Reads a feed, and has it understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, final
from urllib.parse import quote

from adapters.market_data.failing import source_failures
from adapters.market_data.feeds import translate
from adapters.market_data.feeds.settings import FeedSettings
from adapters.market_data.feeds.wire import read_feed
from adapters.market_data.yahoo.symbols import symbol_of
from adapters.platform.http_client.client import Request
from adapters.platform.http_client.provider import Provider
from application.market_data.ports import ArticleSource
from application.shared.ports import Clock
from domain.market_data.article import Article
from domain.market_data.ticker import Ticker

_MOST_BYTES: Final = 2_000_000
_SYMBOL: Final = "{symbol}"
_ACCEPTED: Final = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8"


@final
class Feed(ArticleSource):
    """The articles of one feed."""

    def __init__(self, settings: FeedSettings, provider: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._clock = clock

    async def articles(self, about: Ticker | None, query: str | None, limit: int) -> Sequence[Article]:
        """Return the newest; a feed that there is of each stock holds nothing for who asks about none."""
        of_each = _SYMBOL in self._settings.url
        if of_each and about is None:
            return []
        symbol = "" if about is None else quote(symbol_of(about), safe="")
        request = Request(
            method="GET",
            url=self._settings.url.replace(_SYMBOL, symbol),
            headers={"accept": _ACCEPTED},
            most_bytes=_MOST_BYTES,
        )
        named = about if of_each else None
        with source_failures():
            found = await self._provider.read(
                request,
                lambda reply: translate.articles(read_feed(reply.body), self._settings.name, named, self._clock.now()),
            )
        if not of_each:
            found = translate.mentioning(found or [], about, query)
        return [] if found is None else [_about(each, about) for each in found[:limit]]


def _about(found: Article, about: Ticker | None) -> Article:
    if about is None or about in found.tickers:
        return found
    return replace(found, tickers=(*found.tickers, about))

"""Asks Reddit, and has the answer understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from adapters.market_data.failing import source_failures
from adapters.market_data.reddit import translate
from adapters.market_data.reddit.settings import RedditSettings
from adapters.market_data.reddit.tokens import Tokens
from adapters.market_data.reddit.wire import Listing
from adapters.platform.http_client.client import Request
from adapters.platform.http_client.provider import Provider
from adapters.platform.resilience.failures import ProviderFailure, Reason
from application.market_data.ports import ArticleSource
from application.shared.ports import Clock
from domain.market_data.article import Article
from domain.market_data.ticker import Ticker

_AT_ONCE: Final = 100
_LONGEST: Final = 512


@final
class Reddit(ArticleSource):
    """Posts of some communities. `tokens` is the provider that gives tokens; it fails for reasons of its own."""

    def __init__(self, settings: RedditSettings, provider: Provider, tokens: Provider, clock: Clock) -> None:
        self._settings = settings
        self._provider = provider
        self._tokens = Tokens(settings, tokens, clock)
        self._clock = clock

    async def articles(self, about: Ticker | None, query: str | None, limit: int) -> Sequence[Article]:
        """Return the newest posts."""
        words = translate.words_of(about, query)
        # as it was written, and not escaped for a web page
        asked = {"limit": str(min(limit, _AT_ONCE)), "raw_json": "1"}
        page = "new"
        if words is not None:
            page = "search"
            asked |= {"q": words[:_LONGEST], "restrict_sr": "1", "sort": "new", "t": "month"}
        with source_failures():
            listing = await self._with_token(f"/r/{'+'.join(self._settings.communities)}/{page}", asked)
            found = None if listing is None else translate.articles(listing, about, self._clock.now(), limit)
        return [] if found is None else found

    async def _with_token(self, path: str, query: dict[str, str]) -> Listing | None:
        """Ask with the token, and once more with a new one if it is refused."""
        token = await self._tokens.get()
        try:
            return await self._provider.read(self._request(path, query, token), lambda reply: reply.json(Listing))
        except ProviderFailure as failure:
            if failure.reason is not Reason.UNAUTHORISED:
                raise
        fresh = await self._tokens.get(instead_of=token)
        return await self._provider.read(self._request(path, query, fresh), lambda reply: reply.json(Listing))

    def _request(self, path: str, query: dict[str, str], token: str) -> Request:
        headers = {"authorization": f"bearer {token}", "user-agent": self._settings.user_agent}
        return Request(method="GET", url=self._settings.url + path, query=query, headers=headers)

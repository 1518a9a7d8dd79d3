"""News and posts that nobody wrote: for those who have no keys, always the same for the same seed and hour.

Each hour of the last days brings each ticker a headline or none, and sometimes a post. Numbers make each headline a
story of its own. All of it says that it is made up: by its provider, its source and its provenance.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, final

from adapters.market_data.simulator import listings
from application.market_data.ports import ArticleSource
from application.shared.ports import Clock
from domain.market_data.article import Article, ArticleKind
from domain.market_data.provenance import Provenance
from domain.market_data.ticker import Ticker

PROVIDER: Final = "simulator"
_HOURS: Final = 72
_NEWS_CHANCE: Final = 0.25
_POST_CHANCE: Final = 0.4
_POPULAR: Final = ("AAPL", "MSFT", "NVDA", "TSLA", "AMZN", "NSE:INFY", "BTC-USD", "ETH-USD")
_HEADLINES: Final = (
    "{name} beats estimates by {n} percent as demand stays strong",
    "{name} misses estimates by {n} percent on weak demand",
    "Analysts raise their price target for {name} to {n}",
    "Analysts downgrade {name}, cut their price target to {n}",
    "{name} to hold its annual meeting in {n} days",
    "{name} announces partnership with {n} suppliers",
    "{name} faces lawsuit over {n} patents",
    "{name} shares rally {n} percent in heavy trading",
    "{name} shares tumble {n} percent amid a broad selloff",
    "{name} names new head of a unit with {n} people",
)
_POSTS: Final = (
    "${tag} to the moon, {n} more before the weekend",
    "Sold all my ${tag} at a loss of {n}, terrible quarter",
    "What do you all think of ${tag} after {n} days of nothing?",
    "Bought {n} ${tag} on the dip, strong buy",
    "${tag} looks overvalued to me at {n} times sales",
)
# as the simulator calls a coin
_IN_DOLLARS: Final = " in US dollar"
_DECLARED: Final = (None, None, Decimal(1), Decimal(-1))


@final
class SimulatedArticles(ArticleSource):
    """Makes texts up, from the seed, the ticker and the hour alone."""

    def __init__(self, seed: str, clock: Clock) -> None:
        self._seed = seed
        self._clock = clock

    async def articles(self, about: Ticker | None, query: str | None, limit: int) -> Sequence[Article]:
        """Return the newest about the ticker, or about some that many follow, that hold the words."""
        words = (query or "").casefold().split() if about is None else []
        tickers = (about,) if about is not None else _followed(words)
        found = [
            article
            for ticker in tickers
            for article in self._about(ticker)
            if all(word in article.title.casefold() for word in words)
        ]
        return sorted(found, key=lambda each: (each.published_at, each.provider_id), reverse=True)[:limit]

    def _about(self, ticker: Ticker) -> Iterator[Article]:
        thing = listings.find(ticker)
        if thing is None:
            return
        now = self._clock.now()
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        for ago in range(_HOURS):
            start = hour - timedelta(hours=ago)
            # the same in every process, as it depends on nothing else
            chance = random.Random(f"{self._seed} {ticker} {start.isoformat()}")  # noqa: S311 - guards nothing
            at = start + timedelta(seconds=chance.randrange(3_600))
            tag = ticker.symbol if ticker.pair is None else ticker.pair[0].code
            name = f"{thing.name.removesuffix(_IN_DOLLARS)} ({tag})"
            number = chance.randrange(2, 400)
            if chance.random() < _NEWS_CHANCE and at <= now:
                title = chance.choice(_HEADLINES).format(name=name, n=number)
                yield _article(ArticleKind.NEWS, title, ticker, at, now=now)
            if chance.random() < _POST_CHANCE and at <= now:
                title = chance.choice(_POSTS).format(tag=tag, n=number)
                yield _article(ArticleKind.SOCIAL, title, ticker, at, now=now, declared=chance.choice(_DECLARED))


def _followed(words: Sequence[str]) -> Sequence[Ticker]:
    """Return what many follow, and whatever else one of the words names."""
    popular = [Ticker.parse(symbol) for symbol in _POPULAR]
    named = [
        each.ticker
        for each in (*listings.STOCKS, *listings.COINS)
        if any(word in each.name.casefold() or word == each.ticker.symbol.casefold() for word in words)
    ]
    known = {ticker.symbol for ticker in popular}
    return [*popular, *(ticker for ticker in named if ticker.symbol not in known)]


def _article(
    kind: ArticleKind, title: str, ticker: Ticker, at: datetime, *, now: datetime, declared: Decimal | None = None
) -> Article:
    return Article(
        kind=kind,
        provider_id=f"{kind.value} {ticker} {at.isoformat()}",
        title=title,
        summary="Made up by the simulator; nobody wrote this.",
        url=None,
        source="Simulator",
        published_at=at,
        tickers=(ticker,),
        provenance=Provenance(provider=PROVIDER, as_of=at, received_at=now, simulated=True),
        author_sentiment=declared,
    )

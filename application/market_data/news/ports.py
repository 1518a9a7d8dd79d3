"""What news needs of the outside: a desk that asks all sources at once, a model that scores, and a store of stories."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol
from uuid import UUID

from application.shared.ports import UnitOfWork
from domain.market_data.article import Article, ArticleKind, Sentiment
from domain.market_data.provenance import Fallback
from domain.market_data.story import Telling, Text
from domain.market_data.ticker import Ticker


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which stories are wanted, the newest first: about any of the tickers, with all of the words, of the kind."""

    about: tuple[Ticker, ...] = ()
    words: str | None = None
    kind: ArticleKind | None = None
    limit: int = 50


class Teller(NamedTuple):
    """Who carried a story: a provider, by its own id of the text."""

    provider: str
    provider_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What the sources said; `refusals` are those that gave no answer, of so many that were `asked`."""

    articles: Sequence[Article]
    refusals: tuple[Fallback, ...]
    asked: int


class NewsDesk(Protocol):
    """Asks every source of news and posts."""

    @property
    def is_simulated(self) -> bool:
        """Whether what it brings is made up; real and made-up stories are never told together."""
        ...

    async def gather(self, wanted: Wanted) -> Gathered:
        """Return what the sources have; one that fails is named and keeps nobody else from answering."""
        ...


class Said(NamedTuple):
    """What of an article is scored."""

    title: str
    summary: str


class SentimentModel(Protocol):
    """Says how texts sound: a text sounds the same each time, whatever is scored with it."""

    async def score(self, texts: Sequence[Said]) -> Sequence[Sentiment]:
        """Return a score for each text, in their order, with the model and its version; raise Unavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStory:
    """A story, as the first told it."""

    id: UUID
    article: Article
    telling: Telling
    sentiment: Sentiment


class Copy(NamedTuple):
    """A text that tells a story, the first one included."""

    story_id: UUID
    article: Article


class StoryStore(Protocol):
    """Keeps stories, on one transaction; made-up ones apart from real ones."""

    async def known(self, tellers: Collection[Teller]) -> Mapping[Teller, UUID]:
        """Return which story each of them told, of those that are kept; until the end nobody else adds any."""
        ...

    async def alike(self, tellings: Collection[Telling]) -> Sequence[tuple[UUID, Text]]:
        """Return the stories that lie at one of the pages or share a clue with one told at about the time."""
        ...

    async def add(self, stories: Collection[NewStory], copies: Collection[Copy]) -> None:
        """Keep new stories, and what tells these or those before; a copy that is kept adds its tickers."""
        ...


class StoryUnitOfWork(UnitOfWork, Protocol):
    """One transaction on stories."""

    @property
    def stories(self) -> StoryStore:
        """Stories."""
        ...


class StoryUnits(Protocol):
    """Opens units of work."""

    def __call__(self, *, simulated: bool) -> AbstractAsyncContextManager[StoryUnitOfWork]:
        """Return a unit of work on made-up or on real stories."""
        ...


class AlsoTold(NamedTuple):
    """Who else carried a story."""

    provider: str
    source: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A story as the first told it, with everybody else who did, and how it sounds."""

    id: UUID
    kind: ArticleKind
    title: str
    summary: str
    url: str | None
    source: str
    provider: str
    published_at: datetime
    received_at: datetime
    is_simulated: bool
    tickers: tuple[Ticker, ...]
    sentiment: Sentiment
    author_sentiment: Decimal | None
    also_told: tuple[AlsoTold, ...]


class StoryQueries(Protocol):
    """Reads stories."""

    async def find(self, wanted: Wanted, *, simulated: bool) -> Sequence[StoryView]:
        """Return made-up or real stories, the newest first."""
        ...

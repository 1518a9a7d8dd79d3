"""Stories in memory; the contract suite proves that they keep the promises of the real store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import TracebackType
from typing import Self, final
from uuid import UUID

from application.market_data.news.ports import (
    AlsoTold,
    Copy,
    NewStory,
    StoryQueries,
    StoryStore,
    StoryUnitOfWork,
    StoryUnits,
    StoryView,
    Teller,
    Wanted,
)
from application.shared.ports import Outbox
from domain.market_data.article import Article
from domain.market_data.story import WINDOW, Telling, Text
from domain.market_data.ticker import Ticker


@final
class FakeStories(StoryUnits, StoryQueries):
    """What is kept, once a unit of work has committed."""

    def __init__(self) -> None:
        self.stories: dict[UUID, tuple[NewStory, bool]] = {}
        self.copies: dict[Teller, tuple[UUID, Article]] = {}
        self.tickers: dict[UUID, set[Ticker]] = {}

    def __call__(self, *, simulated: bool) -> FakeStoryUnitOfWork:
        """Return a unit of work."""
        return FakeStoryUnitOfWork(self, simulated=simulated)

    async def find(self, wanted: Wanted, *, simulated: bool) -> Sequence[StoryView]:
        """Find stories by looking at each."""
        found = [
            self._view(story, simulated=made_up)
            for story, made_up in self.stories.values()
            if made_up is simulated and self._is_wanted(story, wanted)
        ]
        return sorted(found, key=lambda each: (each.published_at, each.id), reverse=True)[: wanted.limit]

    def _is_wanted(self, story: NewStory, wanted: Wanted) -> bool:
        about = self.tickers.get(story.id, set())
        if wanted.kind is not None and story.article.kind is not wanted.kind:
            return False
        if wanted.about and not any(_covers(ticker, each) for ticker in wanted.about for each in about):
            return False
        if wanted.words is None:
            return True
        text = f"{story.article.title} {story.article.summary}".casefold()
        has_all = all(word in text for word in wanted.words.casefold().split())
        return has_all or wanted.words.strip().upper() in {each.symbol for each in about}

    def _view(self, story: NewStory, *, simulated: bool) -> StoryView:
        article = story.article
        first = AlsoTold(article.provenance.provider, article.source, article.url)
        tellers = [
            AlsoTold(teller.provider, copy.source, copy.url)
            for teller, (story_id, copy) in sorted(self.copies.items())
            if story_id == story.id
        ]
        return StoryView(
            id=story.id,
            kind=article.kind,
            title=article.title,
            summary=article.summary,
            url=article.url,
            source=article.source,
            provider=article.provenance.provider,
            published_at=article.published_at,
            received_at=article.provenance.received_at,
            is_simulated=simulated,
            tickers=tuple(sorted(self.tickers.get(story.id, set()), key=_order)),
            sentiment=story.sentiment,
            author_sentiment=article.author_sentiment,
            also_told=tuple(teller for teller in tellers if teller != first),
        )


def _covers(wanted: Ticker, named: Ticker) -> bool:
    is_same = (wanted.symbol, wanted.asset_class) == (named.symbol, named.asset_class)
    return is_same and (wanted.exchange is None or named.exchange in {wanted.exchange, None})


def _order(ticker: Ticker) -> tuple[str, str, str]:
    return ticker.symbol, ticker.asset_class.value, ticker.exchange or ""


@final
class FakeStoryUnitOfWork(StoryUnitOfWork):
    """Collects, and hands over with the commit."""

    def __init__(self, kept: FakeStories, *, simulated: bool) -> None:
        self._kept = kept
        self._store = FakeStoryStore(kept, simulated=simulated)

    @property
    def stories(self) -> StoryStore:
        """Stories."""
        return self._store

    @property
    def outbox(self) -> Outbox:
        """There is none: stories cause no events."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End; what was not committed is gone."""

    async def commit(self) -> None:
        """Keep everything that was added."""
        self._store.hand_over()


@final
class FakeStoryStore(StoryStore):
    """Looks at what is kept, and collects what is added."""

    def __init__(self, kept: FakeStories, *, simulated: bool) -> None:
        self._kept = kept
        self._simulated = simulated
        self._added: list[tuple[Collection[NewStory], Collection[Copy]]] = []

    async def known(self, tellers: Collection[Teller]) -> Mapping[Teller, UUID]:
        """Look these up."""
        return {teller: self._kept.copies[teller][0] for teller in tellers if teller in self._kept.copies}

    async def alike(self, tellings: Collection[Telling]) -> Sequence[tuple[UUID, Text]]:
        """Compare each with each."""
        first = min(told.published_at for told in tellings) - WINDOW
        last = max(told.published_at for told in tellings) + WINDOW
        found = [
            story
            for story, made_up in self._kept.stories.values()
            if made_up is self._simulated
            and any(
                (told.page is not None and told.page == story.telling.page)
                or (told.clues & story.telling.marks and first <= story.article.published_at <= last)
                for told in tellings
            )
        ]
        return [
            (story.id, _text(story.article, self._kept.tickers.get(story.id, set())))
            for story in sorted(found, key=lambda each: (each.article.published_at, each.id))
        ]

    async def add(self, stories: Collection[NewStory], copies: Collection[Copy]) -> None:
        """Collect them."""
        self._added.append((stories, copies))

    def hand_over(self) -> None:
        """Keep what was collected."""
        for stories, copies in self._added:
            self._kept.stories |= {story.id: (story, self._simulated) for story in stories}
            for copy in copies:
                teller = Teller(copy.article.provenance.provider, copy.article.provider_id)
                self._kept.copies.setdefault(teller, (copy.story_id, copy.article))
                self._kept.tickers.setdefault(copy.story_id, set()).update(copy.article.tickers)


def _text(article: Article, tickers: Collection[Ticker]) -> Text:
    return Text(
        kind=article.kind,
        title=article.title,
        summary=article.summary,
        url=article.url,
        published_at=article.published_at,
        tickers=tuple(sorted(tickers, key=_order)),
    )


__all__ = ["FakeStories"]

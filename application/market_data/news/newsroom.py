"""Where news are made of what the sources say: each story is kept once, with all who told it, and scored once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from application.market_data.news.ports import (
    Copy,
    Gathered,
    NewsDesk,
    NewStory,
    Said,
    SentimentModel,
    StoryQueries,
    StoryUnits,
    StoryView,
    Teller,
    Wanted,
)
from application.shared.ports import IdFactory
from domain.market_data.article import Article, Sentiment
from domain.market_data.provenance import Fallback
from domain.market_data.story import Stories, Telling, Text, telling
from domain.shared.errors import Unavailable

# whoever calls may hold a transaction open, as the scheduler does, and one that is silent for three minutes is ended:
# a model that takes a second for a text is done with these long before
_MOST_SCORED: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Stories, the newest first, and which sources could not be asked."""

    stories: tuple[StoryView, ...]
    missing: tuple[Fallback, ...]


class _Kept(NamedTuple):
    """How many stories are new, and whether what may be one could be scored."""

    added: int
    is_scored: bool


@dataclass(frozen=True, slots=True)
class Newsroom:
    """Gathers, keeps and finds; whoever reads news goes through here."""

    desk: NewsDesk
    story_units: StoryUnits
    story_queries: StoryQueries
    sentiment_model: SentimentModel
    ids: IdFactory

    async def look(self, wanted: Wanted) -> News:
        """Ask the sources and return the stories, those that were kept before included.

        Raises Unavailable if there is no story and nobody who could tell whether there is one, or score it.
        """
        gathered, kept = await self._gather(wanted)
        found = await self.story_queries.find(wanted, simulated=self.desk.is_simulated)
        if not found and not gathered.asked:
            raise Unavailable("No source of news is configured for this.")
        if not found and len(gathered.refusals) == gathered.asked:
            raise Unavailable("No source of news can be asked right now; try again later.")
        if not found and not kept.is_scored:
            raise Unavailable("News came in, but cannot be scored right now; try again later.")
        return News(stories=tuple(found), missing=gathered.refusals)

    async def fill(self, wanted: Wanted) -> int:
        """Ask the sources, keep what they say and return how many stories are new."""
        _, kept = await self._gather(wanted)
        return kept.added

    async def _gather(self, wanted: Wanted) -> tuple[Gathered, _Kept]:
        gathered = await self.desk.gather(wanted)
        return gathered, await self._keep(gathered.articles) if gathered.articles else _Kept(0, is_scored=True)

    async def _keep(self, articles: Sequence[Article]) -> _Kept:
        said = await self._unscored(articles)
        try:
            scores = dict(zip(said, await self.sentiment_model.score(said), strict=True))
        except Unavailable:
            # the model says why; what is known is told all the same, and nothing new is kept without a score
            scores = {}
        async with self.story_units(simulated=self.desk.is_simulated) as unit:
            known = await unit.stories.known({_teller(article) for article in articles})
            # who published first stands for the story, also if another came in before
            unknown = sorted(
                (each for each in articles if _said(each) in scores and _teller(each) not in known),
                key=lambda article: (article.published_at, _teller(article)),
            )
            tellings = [telling(_text(article)) for article in unknown]
            stories = Stories[UUID]()
            for story_id, text in await unit.stories.alike(tellings) if tellings else ():
                stories.add(story_id, telling(text))
            copies = [Copy(known[_teller(each)], each) for each in articles if _teller(each) in known]
            added: list[NewStory] = []
            for article, told in zip(unknown, tellings, strict=True):
                found = stories.find(told)
                if found is None:
                    added.append(self._new(article, told, scores[_said(article)]))
                    found = added[-1].id
                    stories.add(found, told)
                copies.append(Copy(found, article))
            await unit.stories.add(added, copies)
            await unit.commit()
        return _Kept(len(added), is_scored=bool(scores) or not said)

    async def _unscored(self, articles: Sequence[Article]) -> Sequence[Said]:
        """Return the newest of what nobody told before, as many as a call may take the time for; the rest come next.

        They are scored after this: the transaction that others wait for is over then, but not one that the caller may
        have opened around it.
        """
        async with self.story_units(simulated=self.desk.is_simulated) as unit:
            known = await unit.stories.known({_teller(article) for article in articles})
        unknown = [each for each in articles if _teller(each) not in known]
        newest_first = sorted(unknown, key=lambda article: article.published_at, reverse=True)
        return [*islice(dict.fromkeys(map(_said, newest_first)), _MOST_SCORED)]

    def _new(self, article: Article, told: Telling, sentiment: Sentiment) -> NewStory:
        return NewStory(id=self.ids.new(), article=article, telling=told, sentiment=sentiment)


def _teller(article: Article) -> Teller:
    return Teller(article.provenance.provider, article.provider_id)


def _said(article: Article) -> Said:
    return Said(article.title, article.summary)


def _text(article: Article) -> Text:
    return Text(
        kind=article.kind,
        title=article.title,
        summary=article.summary,
        url=article.url,
        published_at=article.published_at,
        tickers=article.tickers,
    )

"""Read how news and posts sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from application.market_data.news.existing import Existing
from application.market_data.news.newsroom import Newsroom
from application.market_data.news.ports import StoryView, Wanted
from application.shared.cache import Cache, Cached, Shelf
from domain.market_data.article import ArticleKind
from domain.market_data.provenance import Fallback
from domain.market_data.sentiment import Mood, mean
from domain.shared.access import Actor, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """How some stories sound together: the mean of their scores, None of none, and how many are of each mood."""

    kind: ArticleKind | None
    score: Decimal | None
    positive: int
    neutral: int
    negative: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSentiment:
    """How what is said sounds: all together, each kind for itself, and the stories that this is worked out from."""

    overall: Tone
    kinds: tuple[Tone, ...]
    stories: tuple[StoryView, ...]
    missing: tuple[Fallback, ...]


@dataclass(frozen=True, slots=True)
class ReadSentiment:
    """Scores what is newest, as long as that is news."""

    newsroom: Newsroom
    cache: Cache
    lifetime_s: float
    existing: Existing

    async def __call__(self, actor: Actor, wanted: Wanted) -> Cached[MarketSentiment]:
        """Return how the newest stories sound; raise Forbidden without market:read, Unavailable or UnknownSymbol."""
        actor.require(Scope.MARKET_READ)
        shelf = Shelf(name="sentiment", version=1, kind=MarketSentiment, ttl_s=self.lifetime_s, stale_s=86_400)
        found = await self.cache.get(shelf, wanted, self._work_out, tenant=None)
        if not found.value.stories:
            await self.existing.check(wanted.about)
        return found

    async def _work_out(self, wanted: Wanted) -> MarketSentiment:
        news = await self.newsroom.look(wanted)
        kinds = (wanted.kind,) if wanted.kind is not None else tuple(ArticleKind)
        return MarketSentiment(
            overall=_tone(None, news.stories),
            kinds=tuple(_tone(kind, [each for each in news.stories if each.kind is kind]) for kind in kinds),
            stories=news.stories,
            missing=news.missing,
        )


def _tone(kind: ArticleKind | None, stories: Sequence[StoryView]) -> Tone:
    scores = [story.sentiment.score for story in stories]
    moods = [Mood.of(score) for score in scores]
    return Tone(
        kind=kind,
        score=mean(scores),
        positive=moods.count(Mood.POSITIVE),
        neutral=moods.count(Mood.NEUTRAL),
        negative=moods.count(Mood.NEGATIVE),
    )

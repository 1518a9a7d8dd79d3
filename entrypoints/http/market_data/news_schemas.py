"""What goes over the wire for news, posts and how they sound. Texts are strangers': to be shown as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from application.market_data.news.newsroom import News
from application.market_data.news.ports import AlsoTold, StoryView
from application.market_data.news.read_sentiment import MarketSentiment, Tone
from domain.market_data.article import ArticleKind
from domain.market_data.provenance import Fallback, Provenance
from domain.market_data.sentiment import Mood
from entrypoints.http.market_data.provenance_schemas import FallbackBody, ProvenanceBody, provenance_body
from entrypoints.http.types import Instant, decimal_text

_SCORE_PATTERN = r"^(?:-?0(?:\.[0-9]{1,4})?|-?1)$"
ScoreText = Annotated[
    str,
    Meta(
        pattern=_SCORE_PATTERN,
        description="From -1, as bad as can be for who holds it, to 1; to four places.",
        examples=["0.4286"],
    ),
]


class SentimentBody(Struct, rename="camel", kw_only=True):
    """How a text sounds, and which model says so."""

    score: ScoreText
    mood: Annotated[Mood, Meta(description="Neutral up to 0.15 either way.")]
    model: Annotated[str, Meta(examples=["tapedeck-lexicon"])]
    version: Annotated[str, Meta(examples=["1"])]


class AlsoToldBody(Struct, rename="camel", kw_only=True):
    """Who else carried a story."""

    provider: Annotated[str, Meta(examples=["news_api"])]
    source: Annotated[str, Meta(examples=["Example Times"])]
    url: Annotated[str, Meta(examples=["https://example.com/2026/apple"])] | None


class StoryBody(Struct, rename="camel", kw_only=True):
    """A story as the first told it. `title` and `summary` are untrusted plain text."""

    id: UUID
    type: Annotated[ArticleKind, Meta(description="Said by an editorial office, or by anybody.")]
    title: Annotated[str, Meta(examples=["Apple beats estimates"])]
    summary: Annotated[str, Meta(examples=["Services and phones grew."])]
    url: Annotated[str, Meta(examples=["https://example.com/2026/apple"])] | None
    source: Annotated[str, Meta(description="The paper, or the author.", examples=["Example Times"])]
    published_at: Instant
    symbols: Annotated[list[str], Meta(description="What it is about, as far as anybody said.", examples=[["AAPL"]])]
    sentiment: SentimentBody
    author_sentiment: Annotated[ScoreText | None, Meta(description="What the author declared, where that is asked.")]
    also_told: Annotated[list[AlsoToldBody], Meta(description="Who else carried it.")]
    provenance: ProvenanceBody


class NewsBody(Struct, rename="camel", kw_only=True):
    """Stories, the newest first, and whose are missing."""

    stories: list[StoryBody]
    missing: Annotated[list[FallbackBody], Meta(description="Sources that gave no answer, and why.")]


class ToneBody(Struct, rename="camel", kw_only=True):
    """How the stories of one kind, or of all, sound together."""

    type: Annotated[ArticleKind | None, Meta(description="The kind; null for all together.")]
    score: Annotated[ScoreText | None, Meta(description="The mean of the scores; null of none.")]
    mood: Mood | None
    positive: Annotated[int, Meta(ge=0, examples=[7])]
    neutral: Annotated[int, Meta(ge=0, examples=[2])]
    negative: Annotated[int, Meta(ge=0, examples=[3])]


class MarketSentimentBody(Struct, rename="camel", kw_only=True):
    """How what is said sounds: all of it, each kind by itself, and the stories it is worked out from."""

    overall: ToneBody
    by_type: list[ToneBody]
    stories: list[StoryBody]
    missing: Annotated[list[FallbackBody], Meta(description="Sources that gave no answer, and why.")]


def news_body(news: News) -> NewsBody:
    """Render news."""
    return NewsBody(stories=[_story(story) for story in news.stories], missing=_missing(news.missing))


def market_sentiment_body(found: MarketSentiment) -> MarketSentimentBody:
    """Render how news sound."""
    return MarketSentimentBody(
        overall=_tone(found.overall),
        by_type=[_tone(tone) for tone in found.kinds],
        stories=[_story(story) for story in found.stories],
        missing=_missing(found.missing),
    )


def _tone(tone: Tone) -> ToneBody:
    return ToneBody(
        type=tone.kind,
        score=None if tone.score is None else decimal_text(tone.score),
        mood=None if tone.score is None else Mood.of(tone.score),
        positive=tone.positive,
        neutral=tone.neutral,
        negative=tone.negative,
    )


def _missing(refusals: Sequence[Fallback]) -> list[FallbackBody]:
    return [FallbackBody(provider=each.provider, reason=each.refusal) for each in refusals]


def _story(story: StoryView) -> StoryBody:
    sentiment = story.sentiment
    return StoryBody(
        id=story.id,
        type=story.kind,
        title=story.title,
        summary=story.summary,
        url=story.url,
        source=story.source,
        published_at=story.published_at,
        symbols=[str(ticker) for ticker in story.tickers],
        sentiment=SentimentBody(
            score=decimal_text(sentiment.score),
            mood=Mood.of(sentiment.score),
            model=sentiment.model,
            version=sentiment.version,
        ),
        author_sentiment=None if story.author_sentiment is None else decimal_text(story.author_sentiment),
        also_told=[_also(each) for each in story.also_told],
        provenance=provenance_body(
            Provenance(
                provider=story.provider,
                as_of=story.published_at,
                received_at=story.received_at,
                simulated=story.is_simulated,
            )
        ),
    )


def _also(told: AlsoTold) -> AlsoToldBody:
    return AlsoToldBody(provider=told.provider, source=told.source, url=told.url)

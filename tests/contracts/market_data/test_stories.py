"""Whoever keeps stories keeps each once, with all who told it, and finds it by what it is about and by its words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypedDict, Unpack
from uuid import uuid4

import pytest

from adapters.market_data.news_job import NewsJob
from adapters.market_data.sentiment.lexicon import Lexicon
from adapters.market_data.stories.purge import StoriesPurge
from adapters.market_data.stories.reads import SqlStoryQueries
from adapters.market_data.stories.store import SqlStoryUnits
from adapters.platform.database.engine import open_engine
from adapters.platform.ids import Uuid7Factory
from application.market_data.news import ports
from application.market_data.news.newsroom import News, Newsroom
from application.market_data.news.ports import Gathered, NewsDesk, SentimentModel, StoryView, Wanted
from domain.market_data.article import Article, ArticleKind, Sentiment
from domain.market_data.provenance import Fallback, Provenance, Refusal
from domain.market_data.ticker import Ticker
from domain.shared.errors import Unavailable
from tests.contracts.market_data.subject import AAPL, NOW
from tests.fakes.stories import FakeStories

pytestmark = pytest.mark.anyio


@dataclass
class FakeDesk(NewsDesk):
    """Brings what it was given, whatever is wanted."""

    articles: Sequence[Article] = ()
    refusals: tuple[Fallback, ...] = ()
    asked: int = 2
    simulated: bool = False

    @property
    def is_simulated(self) -> bool:
        """As it was told."""
        return self.simulated

    async def gather(self, wanted: Wanted) -> Gathered:
        """Bring it."""
        del wanted
        return Gathered(articles=self.articles, refusals=self.refusals, asked=self.asked)


class BrokenModel(SentimentModel):
    """Cannot score anything."""

    async def score(self, texts: Sequence[ports.Said]) -> Sequence[Sentiment]:
        """Say so, if there is anything to score."""
        if texts:
            raise Unavailable("The weights cannot be used.")
        return []


class Said(TypedDict, total=False):
    """What an article may say otherwise."""

    kind: ArticleKind
    summary: str
    url: str | None
    source: str
    published_at: datetime
    tickers: tuple[Ticker, ...]
    provenance: Provenance
    author_sentiment: Decimal | None


class Looked(TypedDict, total=False):
    """What is looked for besides the word."""

    about: tuple[Ticker, ...]
    words: str | None
    kind: ArticleKind | None
    limit: int


@dataclass(frozen=True)
class Room:
    """A newsroom over one of the stores, and a word that no other test uses: the database is everybody's."""

    desk: FakeDesk
    newsroom: Newsroom
    word: str

    def article(self, title: str = "beats estimates as phone sales grow in China", **said: Unpack[Said]) -> Article:
        plain = Article(
            kind=ArticleKind.NEWS,
            provider_id=f"{self.word} {uuid4()}",
            title=f"{self.word} {title}",
            summary="",
            url=None,
            source="Example Times",
            published_at=NOW,
            tickers=(),
            provenance=Provenance(provider="wire", as_of=NOW, received_at=NOW),
        )
        return replace(plain, **said)

    async def bring(self, *articles: Article) -> None:
        self.desk.articles = articles
        await self.newsroom.fill(Wanted())

    async def find(self, **wanted: Unpack[Looked]) -> Sequence[StoryView]:
        self.desk.articles = ()
        return (await self.look(**wanted)).stories

    async def look(self, **wanted: Unpack[Looked]) -> News:
        return await self.newsroom.look(replace(Wanted(words=self.word), **wanted))


@pytest.fixture(params=["fake", "sql"])
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    desk, word = FakeDesk(), f"w{uuid4().hex}"
    if request.param == "fake":
        fake = FakeStories()
        yield Room(desk, Newsroom(desk, fake, fake, Lexicon(), Uuid7Factory()), word)
        return
    url: str = request.getfixturevalue("database_url")
    engine = open_engine(url)
    yield Room(desk, Newsroom(desk, SqlStoryUnits(engine), SqlStoryQueries(engine), Lexicon(), Uuid7Factory()), word)
    await engine.dispose()


async def test_a_story_is_kept_as_the_first_told_it(room: Room) -> None:
    """With everything that was said, and a score that names its model."""
    tickers = (AAPL, Ticker("INFY", "NSE"), Ticker.parse("BTC-USD"))
    told = room.article(
        summary="It did.\nIndeed.", url=f"https://example.com/{room.word}", tickers=tickers, author_sentiment=Decimal(1)
    )
    await room.bring(told)
    (story,) = await room.find()
    assert (story.title, story.summary, story.url, story.source) == (told.title, told.summary, told.url, told.source)
    assert (story.kind, story.published_at, story.received_at) == (told.kind, NOW, NOW)
    assert set(story.tickers) == set(tickers)
    assert story.sentiment.score > 0
    assert (story.sentiment.model, story.author_sentiment) == ("tapedeck-lexicon", Decimal(1))
    assert (story.is_simulated, story.also_told) == (False, ())


async def test_the_same_text_again_changes_nothing(room: Room) -> None:
    """But for what else it turns out to be about."""
    told = room.article(tickers=(AAPL,))
    await room.bring(told)
    await room.bring(replace(told, title="Something else entirely", tickers=(Ticker("MSFT"),)))
    (story,) = await room.find()
    assert story.title == told.title
    assert set(story.tickers) == {AAPL, Ticker("MSFT")}


async def test_one_story_of_many_tellers(room: Room) -> None:
    """Who published first stands for it, whoever brings it first; the others are named."""
    late, early = room.article(), room.article(published_at=NOW - timedelta(hours=1), source="Early Bird")
    other = Provenance(provider="another", as_of=NOW, received_at=NOW)
    await room.bring(late, early)
    await room.bring(room.article(provenance=other, published_at=NOW - timedelta(hours=2), url="https://example.com/x"))
    (story,) = await room.find()
    assert (story.source, story.published_at) == ("Early Bird", early.published_at)
    assert [(each.provider, each.source, each.url) for each in story.also_told] == [
        ("another", "Example Times", "https://example.com/x"),
        ("wire", "Example Times", None),
    ]


async def test_one_page_is_one_story_for_ever(room: Room) -> None:
    """A month later, under another title."""
    page = f"https://www.example.com/{room.word}"
    await room.bring(room.article(url=f"{page}?utm_source=a", published_at=NOW - timedelta(days=30)))
    await room.bring(room.article("falls after all that was said about it", url=page))
    assert len(await room.find()) == 1


async def test_what_differs_is_another_story(room: Room) -> None:
    """Other numbers, another kind, another week."""
    await room.bring(room.article("rises 2 percent in very early trade"))
    await room.bring(room.article("rises 3 percent in very early trade"))
    await room.bring(room.article("rises 2 percent in very early trade", kind=ArticleKind.SOCIAL))
    await room.bring(room.article("rises 2 percent in very early trade", published_at=NOW - timedelta(days=9)))
    assert len(await room.find()) == 4
    assert len(await room.find(kind=ArticleKind.SOCIAL)) == 1


async def test_the_newest_come_first(room: Room) -> None:
    """And no more than are wanted."""
    for number in range(4):
        at = NOW - timedelta(hours=number)
        await room.bring(room.article(f"number {number}", published_at=at))
    assert [story.title[-1] for story in await room.find(limit=3)] == ["0", "1", "2"]


async def test_stories_are_found_by_what_they_are_about(room: Room) -> None:
    """Whether the exchange is named or not; the same letters of another kind are another thing."""
    symbol = room.word[:20].upper()
    for number, ticker in enumerate([Ticker(symbol), Ticker(symbol, "NYSE"), Ticker(symbol, "LSE")]):
        await room.bring(room.article(f"number {number}", tickers=(ticker,)))
    assert len(await room.find(words=None, about=(Ticker(symbol),))) == 3
    assert {story.title[-1] for story in await room.find(words=None, about=(Ticker(symbol, "NYSE"),))} == {"0", "1"}
    assert len(await room.find(words=None, about=(Ticker(symbol, "LSE"), Ticker(symbol, "NYSE")))) == 3
    assert await room.find(words=None, about=(Ticker.parse(f"^{symbol}"),)) == ()
    # words that are a symbol
    assert len(await room.find(words=f" {symbol.lower()} ")) == 3


@pytest.mark.parametrize("words", ["", "'", '"', "a & | ! b", "-", "\\", "or or", "%", ":*", "x" * 200])
async def test_any_words_may_be_looked_for(room: Room, words: str) -> None:
    """They are no language of ours, and nothing is raised."""
    await room.find(words=words)


async def test_made_up_stories_are_never_among_real_ones(room: Room) -> None:
    """Nor the other way round, and neither hides the other."""
    await room.bring(room.article())
    room.desk.simulated = True
    assert await room.find() == ()
    await room.bring(room.article())
    (story,) = await room.find()
    assert story.is_simulated
    room.desk.simulated = False
    (story,) = await room.find()
    assert not story.is_simulated


async def test_many_who_tell_at_once_tell_one_story(room: Room) -> None:
    """They wait for each other."""
    room.desk.articles = (room.article(),)
    rooms = [replace(room, desk=FakeDesk(articles=(room.article(),))) for _ in range(4)]
    await asyncio.gather(*(replace(each.newsroom, desk=each.desk).fill(Wanted()) for each in rooms))
    assert len(await room.find()) == 1


async def test_who_fails_is_named(room: Room) -> None:
    """What is kept is told all the same; that nobody answers is told if there is nothing."""
    failed = (Fallback("wire", Refusal.LIMITED), Fallback("another", Refusal.UNREACHABLE))
    room.desk.refusals = failed
    with pytest.raises(Unavailable):
        await room.look()
    room.desk.asked = 3
    assert await room.look() == News(stories=(), missing=failed)
    await room.bring(room.article())
    room.desk.articles, room.desk.asked = (), 2
    found = await room.look()
    assert (len(found.stories), found.missing) == (1, failed)
    room.desk.refusals, room.desk.asked = (), 0
    with pytest.raises(Unavailable):
        await room.look(words="nothing has this word")


async def test_the_job_keeps_what_is_new(room: Room) -> None:
    """And says how many stories that are; nothing is made up before somebody asks."""
    job = NewsJob(room.newsroom)
    room.desk.articles = (room.article(), room.article(), room.article("something else that happened today as well"))
    assert await job() == 2
    assert await job() == 0
    room.desk.simulated = True
    assert await job() == 0
    assert await room.find() == ()


async def test_what_is_kept_is_told_while_nothing_can_be_scored(room: Room) -> None:
    """What is new waits until it can be; with nothing to tell, that is told."""
    broken = replace(room, newsroom=replace(room.newsroom, sentiment_model=BrokenModel()))
    kept, new = room.article(), room.article("something else that happened", published_at=NOW + timedelta(hours=1))
    room.desk.articles = (kept,)
    assert await NewsJob(broken.newsroom)() == 0
    with pytest.raises(Unavailable, match="scored"):
        await broken.look()
    await room.bring(kept)
    room.desk.articles = (replace(kept, tickers=(AAPL,)), new)
    (story,) = (await broken.look()).stories
    assert (story.title, story.tickers) == (kept.title, (AAPL,))
    await room.bring(kept, new)
    assert [story.title for story in await room.find()] == [new.title, kept.title]


async def test_so_many_are_scored_at_once_as_a_transaction_can_wait_for(room: Room) -> None:
    """The newest first, for whoever runs the job holds one open meanwhile; the rest come with the next calls."""
    room.desk.articles = [
        room.article(f"number {number} of many", published_at=NOW - timedelta(minutes=number)) for number in range(110)
    ]
    job, sizes = NewsJob(room.newsroom), list[int]()
    for oldest in (49, 99, 109):
        sizes.append(await job())
        found = await room.newsroom.story_queries.find(Wanted(words=room.word, limit=200), simulated=False)
        assert found[-1].title == f"{room.word} number {oldest} of many"
    assert (sizes, await job()) == ([50, 50, 10], 0)


async def test_what_is_no_news_any_more_is_removed(database_url: str) -> None:
    """With all that told it, and nothing else."""
    engine, desk, word = open_engine(database_url), FakeDesk(), f"w{uuid4().hex}"
    room = Room(desk, Newsroom(desk, SqlStoryUnits(engine), SqlStoryQueries(engine), Lexicon(), Uuid7Factory()), word)
    now = datetime.now(UTC)
    await room.bring(room.article("is old", published_at=now - timedelta(days=3_000), tickers=(AAPL,)))
    await room.bring(room.article("is new", published_at=now))
    assert await StoriesPurge(engine, 2_000)() == 1
    assert [story.title for story in await room.find()] == [f"{word} is new"]
    await engine.dispose()

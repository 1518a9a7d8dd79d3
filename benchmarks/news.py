"""News and the directory on PostgreSQL from the wheel: stories kept a second, and how long finding takes.

Printed are stories a second as they come in, in calls of fifty of which a third was told before, and the median and
the 95th percentile of a search among fifty thousand stories, and of one with a letter wrong among fifty thousand
listings. Run it with `python benchmarks/news.py`.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from adapters.market_data.directory.directory import SqlDirectory
from adapters.market_data.sentiment.lexicon import Lexicon
from adapters.market_data.stories.reads import SqlStoryQueries
from adapters.market_data.stories.store import SqlStoryUnits
from adapters.platform.database.engine import open_engine
from adapters.platform.embedded.postgres import EmbeddedPostgres
from adapters.platform.embedded.running import running
from adapters.platform.embedded.sockets import socket_folder
from adapters.platform.ids import Uuid7Factory
from adapters.platform.migrations.run import migrate
from application.market_data.news.newsroom import Newsroom
from application.market_data.news.ports import Gathered, NewsDesk, Wanted
from domain.market_data.article import Article, ArticleKind
from domain.market_data.listing import Listing
from domain.market_data.provenance import Provenance
from domain.market_data.ticker import Ticker

STORIES = 50_000
LISTINGS = 50_000
CALL = 50
QUERIES = 200
NOW = datetime(2026, 3, 2, tzinfo=UTC)
CHANCE = Random(2026)  # noqa: S311 - the same each time
WORDS = ["".join(CHANCE.choices("abcdefghijklmnopqrstuvwxyz", k=CHANCE.randint(4, 9))) for _ in range(4_000)]
SYMBOLS = [word[:4].upper() for word in WORDS[:500]]


@dataclass
class Desk(NewsDesk):
    """Brings what it was given."""

    articles: Sequence[Article] = ()

    @property
    def is_simulated(self) -> bool:
        """It is taken for real."""
        return False

    async def gather(self, wanted: Wanted) -> Gathered:
        """Bring it."""
        del wanted
        return Gathered(articles=self.articles, refusals=(), asked=1)


def article(number: int, title: str, symbol: str) -> Article:
    """An article of its time."""
    at = NOW + timedelta(minutes=number)
    return Article(
        kind=ArticleKind.NEWS,
        provider_id=str(number),
        title=title,
        summary=" ".join(CHANCE.choices(WORDS, k=30)),
        url=None,
        source="Benchmark",
        published_at=at,
        tickers=(Ticker(symbol),),
        provenance=Provenance(provider="benchmark", as_of=at, received_at=at),
    )


async def measure_keeping(newsroom: Newsroom, desk: Desk) -> None:
    """Keep stories as they come in."""
    titles = [" ".join(CHANCE.choices(WORDS, k=10)) for _ in range(STORIES)]
    added, began = 0, time.perf_counter()
    for start in range(0, STORIES, CALL):
        # a third is told again, shortly after it was told
        told = [max(0, number - CALL - 1) if number % 3 == 0 else number for number in range(start, start + CALL)]
        desk.articles = [
            article(start + place, f"{titles[number]}{' again' * (number != start + place)}", SYMBOLS[number % 500])
            for place, number in enumerate(told)
        ]
        added += await newsroom.fill(Wanted())
    seconds = time.perf_counter() - began
    print(f"stories kept: {STORIES / seconds:,.0f} texts a second, of which {added / STORIES:.0%} were new")


async def measure(what: str, find: Callable[[str], Awaitable[object]], texts: Sequence[str]) -> None:
    """Find each text, one after the other."""
    times: list[float] = []
    for text in texts:
        began = time.perf_counter()
        await find(text)
        times.append((time.perf_counter() - began) * 1_000)
    print(f"{what}: {statistics.median(times):.1f} ms, p95 {statistics.quantiles(times, n=20)[18]:.1f} ms")


async def run(url: str) -> None:
    """Measure on a database."""
    engine = open_engine(url)
    desk, queries = Desk(), SqlStoryQueries(engine)
    await measure_keeping(Newsroom(desk, SqlStoryUnits(engine), queries, Lexicon(), Uuid7Factory()), desk)
    words = CHANCE.choices(WORDS, k=QUERIES)
    await measure("stories with a word", lambda word: queries.find(Wanted(words=word), simulated=False), words)
    await measure(
        "stories about a symbol",
        lambda symbol: queries.find(Wanted(about=(Ticker(symbol),)), simulated=False),
        CHANCE.choices(SYMBOLS, k=QUERIES),
    )
    directory = SqlDirectory(engine)
    names = [f"{' '.join(CHANCE.choices(WORDS, k=2)).title()} Corporation" for _ in range(LISTINGS)]
    for start in range(0, LISTINGS, 5_000):
        part = names[start : start + 5_000]
        await directory.add(
            [Listing(ticker=Ticker(f"Z{start + place}"), name=name) for place, name in enumerate(part)], "benchmark"
        )
    misspelt = [name[:2] + name[3:9] for name in CHANCE.choices(names, k=QUERIES)]
    await measure("listings with a letter wrong", lambda text: directory.search(text, None, 10), misspelt)
    await engine.dispose()


def main() -> None:
    """Start a server, measure, and stop it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = EmbeddedPostgres(
            folder / "postgres", sockets=socket_folder(folder), password=secrets.token_urlsafe(), throwaway=True
        )
        with running(server, folder / "postgres.log"):
            migrate(server.url)
            asyncio.run(run(server.url))


if __name__ == "__main__":
    main()

"""Reads stories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, exists, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.market_data.stories.rows import tickers_of
from adapters.market_data.stories.tables import stories, story_copies, story_tickers
from adapters.platform.database.transaction import Tenant, read
from application.market_data.news.ports import AlsoTold, StoryQueries, StoryView, Wanted
from domain.market_data.article import ArticleKind, Sentiment
from domain.market_data.ticker import Ticker

# as it stands in the index
_WORDS: Final[ColumnElement[str]] = literal_column("to_tsvector('english', title || ' ' || summary)", Text)


@final
class SqlStoryQueries(StoryQueries):
    """Finds stories by tickers and by words, for which each has an index."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, wanted: Wanted, *, simulated: bool) -> Sequence[StoryView]:
        """Find stories; a word that is a symbol also finds what is about it."""
        conditions: list[ColumnElement[bool]] = [stories.c.is_simulated == simulated]
        if wanted.kind is not None:
            conditions.append(stories.c.kind == wanted.kind.value)
        if wanted.about:
            conditions.append(or_(*map(_is_about, wanted.about)))
        if wanted.words is not None:
            words = func.websearch_to_tsquery(literal_column("'english'"), wanted.words)
            # each by its own index: with `or` neither would be used
            with_words = select(stories.c.id).where(_WORDS.op("@@")(words))
            is_symbol = story_tickers.c.symbol == wanted.words.strip().upper()
            conditions.append(stories.c.id.in_(with_words.union(select(story_tickers.c.story_id).where(is_symbol))))
        newest = (stories.c.published_at.desc(), stories.c.id.desc())
        statement = select(stories).where(*conditions).order_by(*newest).limit(wanted.limit)
        async with read(self._engine, Tenant()) as connection:
            rows = (await connection.execute(statement)).all()
            tickers = await tickers_of(connection, [row.id for row in rows])
            also = await _also_told(connection, rows)
        return [_view(row, tickers.get(row.id, ()), also.get(row.id, ())) for row in rows]


def _is_about(ticker: Ticker) -> ColumnElement[bool]:
    """One that was named with its exchange is about who was named with none, and the other way round."""
    conditions = [
        story_tickers.c.story_id == stories.c.id,
        story_tickers.c.symbol == ticker.symbol,
        story_tickers.c.asset_class == ticker.asset_class.value,
    ]
    if ticker.exchange is not None:
        conditions.append(story_tickers.c.exchange.in_([ticker.exchange, ""]))
    return exists().where(*conditions)


async def _also_told(
    connection: AsyncConnection,
    rows: Collection[Row[Any]],  # Any: a row of a whole table has no types
) -> Mapping[UUID, tuple[AlsoTold, ...]]:
    firsts = {row.id: (row.provider, row.source, row.url) for row in rows}
    if not firsts:
        return {}
    order = (story_copies.c.provider, story_copies.c.provider_id)
    statement = select(story_copies).where(story_copies.c.story_id.in_(list(firsts))).order_by(*order)
    found: defaultdict[UUID, list[AlsoTold]] = defaultdict(list)
    for row in await connection.execute(statement):
        if (row.provider, row.source, row.url) != firsts[row.story_id]:
            found[row.story_id].append(AlsoTold(row.provider, row.source, row.url))
    return {story_id: tuple(tellers) for story_id, tellers in found.items()}


# Any: a row of a whole table has no types
def _view(row: Row[Any], tickers: tuple[Ticker, ...], also: tuple[AlsoTold, ...]) -> StoryView:
    return StoryView(
        id=row.id,
        kind=ArticleKind(row.kind),
        title=row.title,
        summary=row.summary,
        url=row.url,
        source=row.source,
        provider=row.provider,
        published_at=row.published_at,
        received_at=row.received_at,
        is_simulated=row.is_simulated,
        tickers=tickers,
        sentiment=Sentiment(row.score, row.model, row.model_version),
        author_sentiment=row.author_score,
        also_told=also,
    )

"""Keeps stories on one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.market_data.stories.rows import tickers_of
from adapters.market_data.stories.tables import stories, story_copies, story_tickers
from adapters.platform.database.transaction import Tenant
from adapters.platform.database.unit_of_work import SqlUnitOfWork
from application.market_data.news.ports import (
    Copy,
    NewStory,
    StoryStore,
    StoryUnitOfWork,
    StoryUnits,
    Teller,
)
from domain.market_data.article import ArticleKind
from domain.market_data.story import WINDOW, Telling, Text

_LOCK: Final = int.from_bytes(hashlib.sha256(b"stories").digest()[:8], signed=True)


@final
class SqlStoryStore(StoryStore):
    """Stories of one transaction, which are those that are made up or those that are not."""

    def __init__(self, connection: AsyncConnection, *, simulated: bool) -> None:
        self._connection = connection
        self._simulated = simulated

    async def known(self, tellers: Collection[Teller]) -> Mapping[Teller, UUID]:
        """Wait until nobody else adds stories, and look these up."""
        await self._connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        columns = (story_copies.c.provider, story_copies.c.provider_id)
        found = await self._connection.execute(
            select(*columns, story_copies.c.story_id).where(tuple_(*columns).in_(tellers))
        )
        return {Teller(row.provider, row.provider_id): row.story_id for row in found}

    async def alike(self, tellings: Collection[Telling]) -> Sequence[tuple[UUID, Text]]:
        """Look for candidates by pages and by clues, which have an index each."""
        pages = sorted({told.page for told in tellings if told.page is not None})
        clues = sorted({clue for told in tellings for clue in told.clues})
        first = min(told.published_at for told in tellings) - WINDOW
        last = max(told.published_at for told in tellings) + WINDOW
        is_alike: ColumnElement[bool] = or_(
            stories.c.page.in_(pages),
            and_(stories.c.marks.overlap(clues), stories.c.published_at.between(first, last)),
        )
        statement = (
            select(stories)
            .where(stories.c.is_simulated == self._simulated, is_alike)
            .order_by(stories.c.published_at, stories.c.id)
        )
        rows = (await self._connection.execute(statement)).all()
        tickers = await tickers_of(self._connection, [row.id for row in rows])
        return [
            (
                row.id,
                Text(
                    kind=ArticleKind(row.kind),
                    title=row.title,
                    summary=row.summary,
                    url=row.url,
                    published_at=row.published_at,
                    tickers=tickers.get(row.id, ()),
                ),
            )
            for row in rows
        ]

    async def add(self, stories: Collection[NewStory], copies: Collection[Copy]) -> None:
        """Insert stories, then who tells them and what they are about; what is there stays."""
        if stories:
            await self._connection.execute(_INSERT, [self._row(story) for story in stories])
        if copies:
            tellers = insert(story_copies).on_conflict_do_nothing()
            await self._connection.execute(tellers, [_teller_row(copy) for copy in copies])
        about = [row for copy in copies for row in _ticker_rows(copy)]
        if about:
            await self._connection.execute(insert(story_tickers).on_conflict_do_nothing(), about)

    def _row(self, story: NewStory) -> Mapping[str, object]:
        article = story.article
        return {
            "id": story.id,
            "is_simulated": self._simulated,
            "kind": article.kind.value,
            "title": article.title,
            "summary": article.summary,
            "url": article.url,
            "page": story.telling.page,
            "marks": sorted(story.telling.marks),
            "source": article.source,
            "provider": article.provenance.provider,
            "published_at": article.published_at,
            "received_at": article.provenance.received_at,
            "score": story.sentiment.score,
            "model": story.sentiment.model,
            "model_version": story.sentiment.version,
            "author_score": article.author_sentiment,
        }


_INSERT: Final = insert(stories)


def _teller_row(copy: Copy) -> Mapping[str, object]:
    article = copy.article
    return {
        "provider": article.provenance.provider,
        "provider_id": article.provider_id,
        "story_id": copy.story_id,
        "source": article.source,
        "url": article.url,
    }


def _ticker_rows(copy: Copy) -> list[Mapping[str, object]]:
    return [
        {
            "story_id": copy.story_id,
            "asset_class": ticker.asset_class.value,
            "symbol": ticker.symbol,
            "exchange": ticker.exchange or "",
        }
        for ticker in copy.article.tickers
    ]


@final
class SqlStoryUnitOfWork(SqlUnitOfWork, StoryUnitOfWork):
    """One transaction on stories, for no tenant."""

    def __init__(self, engine: AsyncEngine, *, simulated: bool) -> None:
        super().__init__(engine, Tenant())
        self._simulated = simulated

    @property
    def stories(self) -> StoryStore:
        """Stories."""
        return SqlStoryStore(self.connection, simulated=self._simulated)


@final
class SqlStoryUnits(StoryUnits):
    """Opens units of work on the database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    def __call__(self, *, simulated: bool) -> AbstractAsyncContextManager[StoryUnitOfWork]:
        """Return a unit of work."""
        return SqlStoryUnitOfWork(self._engine, simulated=simulated)

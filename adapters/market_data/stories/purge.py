"""Removes stories that are no news any more."""

from __future__ import annotations

from typing import final

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.market_data.stories.tables import stories
from adapters.platform.database.transaction import Tenant, begin
from application.shared.chores import Chore


@final
class StoriesPurge(Chore):
    """Removes what was published longer ago than the settings say, with all copies of it."""

    def __init__(self, engine: AsyncEngine, days: int) -> None:
        self._engine = engine
        self._days = days

    async def __call__(self) -> int:
        """Return how many stories were removed."""
        async with begin(self._engine, Tenant()) as block:
            is_old = stories.c.published_at < func.now() - func.make_interval(0, 0, 0, self._days)
            removed = await block.connection.execute(delete(stories).where(is_old))
            await block.commit()
        return removed.rowcount

"""Removes what is over of the work in the background."""

from __future__ import annotations

from typing import final

from sqlalchemy import delete, func, or_
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, begin
from adapters.platform.outbox_table import outbox
from application.shared.chores import Chore

DONE_EVENTS_KEPT_DAYS = 30
DEAD_EVENTS_KEPT_DAYS = 90


@final
class DoneEventsPurge(Chore):
    """Removes events that are long done; dead ones stay longer, so that somebody can look at them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self) -> int:
        """Remove them in every organisation and return how many there were."""
        async with begin(self._engine, Tenant(purpose="housekeeping")) as block:
            done = outbox.c.done_at < func.now() - func.make_interval(0, 0, 0, DONE_EVENTS_KEPT_DAYS)
            dead = outbox.c.dead_at < func.now() - func.make_interval(0, 0, 0, DEAD_EVENTS_KEPT_DAYS)
            removed = (await block.connection.execute(delete(outbox).where(or_(done, dead)))).rowcount
            await block.commit()
        return removed

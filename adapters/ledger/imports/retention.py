"""Removes the content of imported files that nothing reads any more.

Undoing an import needs its rows, which stay; the file itself is read only until it is committed.
"""

from __future__ import annotations

from typing import Final, final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, begin
from application.shared.chores import Chore
from domain.ledger.imports.tradebook_import import State

FILES_KEPT_DAYS: Final = 30
_OVER: Final = [State.COMMITTED.value, State.UNDONE.value]
_REMOVE: Final = text(
    """
    DELETE FROM import_files f USING imports i
    WHERE i.organisation_id = f.organisation_id AND i.id = f.import_id
        AND i.state = ANY(:over) AND i.updated_at < now() - make_interval(days => :days)
    """
)


@final
class ImportFilesPurge(Chore):
    """Removes files a month after their import was committed or undone; all other imports may yet be read anew."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self) -> int:
        """Remove them in every organisation and return how many pieces there were."""
        async with begin(self._engine, Tenant(purpose="housekeeping")) as block:
            removed = await block.connection.execute(_REMOVE, {"over": _OVER, "days": FILES_KEPT_DAYS})
            await block.commit()
        return removed.rowcount

"""Gathers what is newest, so that it is there when somebody asks."""

from __future__ import annotations

from typing import Final, final

from application.market_data.news.newsroom import Newsroom
from application.market_data.news.ports import Wanted
from application.shared.chores import Chore

_NEWEST: Final = Wanted(limit=100)


@final
class NewsJob(Chore):
    """Asks every source for its newest, and keeps them; nothing is made up before somebody asks for it."""

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom

    async def __call__(self) -> int:
        """Return how many stories are new."""
        return 0 if self._newsroom.desk.is_simulated else await self._newsroom.fill(_NEWEST)

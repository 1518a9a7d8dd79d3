"""Users' own events in memory; the contract suite holds this fake and PostgreSQL to the same promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import final

from application.shared.user_events import UserEvent, UserEventHeads, UserEventQueries
from domain.shared.access import Actor, Scope
from domain.shared.errors import Unavailable
from domain.shared.ids import UserId


@final
class FakeUserEvents(UserEventQueries, UserEventHeads):
    """What users were told; while `is_away` nobody can read it, and while `is_mute` nobody is rung for."""

    def __init__(self) -> None:
        self.is_away = False
        self.is_mute = False
        self.told: dict[UserId, list[UserEvent]] = {}
        self._count: dict[UserId, int] = {}
        self._rings: asyncio.Queue[tuple[UserId, int]] = asyncio.Queue()

    def tell(self, user_id: UserId, kind: str = "trades_changed", data: bytes = b"{}") -> None:
        """Tell a user something."""
        sequence = self._count[user_id] = self._count.get(user_id, 0) + 1
        event = UserEvent(sequence=sequence, kind=kind, at=datetime(2026, 1, 2, tzinfo=UTC), data=data)
        self.told.setdefault(user_id, []).append(event)
        if not self.is_mute:
            self._rings.put_nowait((user_id, sequence))

    async def after(self, actor: Actor, sequence: int, limit: int) -> Sequence[UserEvent]:
        """Return what follows in order, as far as it is kept."""
        self._check(actor)
        return [event for event in self.told.get(actor.user_id, []) if event.sequence > sequence][:limit]

    async def heads(self, users: Collection[UserId]) -> Mapping[UserId, int]:
        """Return how far each is that has events."""
        if self.is_away:
            raise Unavailable("The database is away.")
        return {user: self._count[user] for user in users if user in self._count}

    async def rings(self) -> AsyncIterator[tuple[UserId, int]]:
        """Yield whose sequence grew, and how far it is."""
        while True:
            yield await self._rings.get()

    def _check(self, actor: Actor) -> None:
        actor.require(Scope.LEDGER_READ)
        if self.is_away:
            raise Unavailable("The database is away.")

"""What users are told of their own, each once, in order and without holes, for as long as it is kept.

Every user has a sequence of their own. It grows in the transaction that has the effect, so that what is told has
happened, and what has happened is told.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from application.shared.reactions import Delivery
from domain.shared.access import Actor
from domain.shared.ids import UserId

KEPT_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of an event, as JSON values: to one user, or without one to all of the organisation."""

    kind: str
    data: Mapping[str, object]
    user_id: UserId | None = None


# what an event is told as once its reaction, if there is one, is done
Telltale: TypeAlias = Callable[[Delivery], Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEvent:
    """Something that happened; `data` are JSON values as they are told, encoded."""

    sequence: int
    kind: str
    at: datetime
    data: bytes


class UserEventQueries(Protocol):
    """Reads what users were told; raises Forbidden without ledger:read, Unavailable while it cannot."""

    async def after(self, actor: Actor, sequence: int, limit: int) -> Sequence[UserEvent]:
        """Return what follows in order, as far as it is kept."""
        ...


class UserEventHeads(Protocol):
    """Knows how far users' sequences are, for the system: it tells nothing of what happened."""

    async def heads(self, users: Collection[UserId]) -> Mapping[UserId, int]:
        """Return how far each is that has events; raise Unavailable."""
        ...

    def rings(self) -> AsyncIterator[tuple[UserId, int]]:
        """Yield whose sequence grew, and how far it is, soon after it happened; some may be missed."""
        ...

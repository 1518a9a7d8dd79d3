"""Who called what: the log of a user's own calls, as they can read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from application.shared.pages import Page, PageRequest
from domain.shared.access import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageView:
    """One call and how it went; `route` is the path with names for its parameters, `address_hash` a keyed hash."""

    request_id: UUID
    called_at: datetime
    method: str
    route: str
    status: int
    seconds: float
    address_hash: str | None


class UsageQueries(Protocol):
    """Reads the calls of the actor; raises Forbidden without profile."""

    async def calls(self, actor: Actor, page: PageRequest) -> Page[UsageView]:
        """Return calls, newest first; the newest may be a second behind."""
        ...

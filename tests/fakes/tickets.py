"""Tickets in memory; the contract suite holds this fake and Redis to the same promises."""

from __future__ import annotations

from typing import final

from application.identity.ports import Claims
from application.identity.streams import TicketStore


@final
class FakeTickets(TicketStore):
    """Keeps tickets for ever, until they are taken."""

    def __init__(self) -> None:
        self._kept: dict[bytes, Claims] = {}

    async def put(self, digest: bytes, claims: Claims, seconds: int) -> None:
        """Keep it."""
        del seconds
        self._kept[digest] = claims

    async def take(self, digest: bytes) -> Claims | None:
        """Return what was kept and keep it no more."""
        return self._kept.pop(digest, None)

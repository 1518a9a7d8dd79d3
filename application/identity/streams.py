"""Connections that stay open: who is behind one, until when, and what is needed to know it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from application.identity.ports import Claims, Standing
from domain.shared.access import Actor
from domain.shared.errors import Unauthenticated
from domain.shared.ids import SessionId

TICKET_S: Final = 30


@dataclass(frozen=True, slots=True)
class StreamPass:
    """Who a connection is: it ends with the token it was opened or renewed with, or with the session before that."""

    actor: Actor
    expires_at: datetime


class TicketStore(Protocol):
    """Keeps what tickets are good for, by their digests; each is taken once."""

    async def put(self, digest: bytes, claims: Claims, seconds: int) -> None:
        """Keep it for so long; raise Unavailable."""
        ...

    async def take(self, digest: bytes) -> Claims | None:
        """Return what was kept and keep it no more, whoever else asks at this moment; raise Unavailable."""
        ...


class LiveSessions(Protocol):
    """Knows which sessions are live, of any organisations, as it is at this moment."""

    async def standings(self, sessions: Collection[SessionId], now: datetime) -> Mapping[SessionId, Standing]:
        """Return the standing of each that has not ended and whose user has not; raise Unavailable."""
        ...


def admit(claims: Claims, standing: Standing | None) -> StreamPass:
    """Return the pass for these claims, with what the role still grants; raise Unauthenticated if the session ended."""
    if standing is None or standing.user_id != claims.user_id:
        raise Unauthenticated("This session has ended; sign in again.")
    actor = Actor(
        user_id=claims.user_id,
        organisation_id=claims.organisation_id,
        session_id=claims.session_id,
        scopes=claims.scopes & standing.scopes,
    )
    return StreamPass(actor, claims.expires_at)

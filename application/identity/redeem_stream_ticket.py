"""Opens a connection for a ticket, once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from application.identity.ports import SessionCheck
from application.identity.streams import StreamPass, TicketStore, admit
from application.shared.ports import Clock
from domain.shared.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class RedeemStreamTicket:
    """Raises Unauthenticated for a ticket that is used, out of date or none of ours, Unavailable if nobody can tell."""

    tickets: TicketStore
    sessions: SessionCheck
    clock: Clock

    async def __call__(self, text: str) -> StreamPass:
        """Return the pass, and make the ticket worthless."""
        now = self.clock.now()
        claims = await self.tickets.take(hashlib.sha256(text.encode(errors="surrogatepass")).digest())
        if claims is None or claims.expires_at <= now:
            raise Unauthenticated("This ticket is used or out of date; ask for another.")
        return admit(claims, await self.sessions.standing(claims.organisation_id, claims.session_id, now))

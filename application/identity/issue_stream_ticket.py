"""Issues a ticket: a secret that opens one connection within half a minute, for clients that can send no header.

It stands in the address, where logs may keep it, and so is worth nothing after its use.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.identity.ports import AccessTokenVerifier, Entropy
from application.identity.streams import TICKET_S, TicketStore
from application.shared.ports import Clock
from domain.identity.secrets import AccessToken
from domain.shared.access import Actor


@dataclass(frozen=True, slots=True)
class StreamTicket:
    """The ticket's text, which nobody else is told, and when it is worth nothing any more."""

    text: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"StreamTicket(expires_at={self.expires_at})"


@dataclass(frozen=True, slots=True)
class IssueStreamTicket:
    """The connection lasts as long as the token would have; raises Unavailable while tickets cannot be kept."""

    verifier: AccessTokenVerifier
    tickets: TicketStore
    entropy: Entropy
    clock: Clock

    async def __call__(self, actor: Actor, token: AccessToken) -> StreamTicket:
        """Return a new ticket for the actor, whose token this is."""
        del actor
        now = self.clock.now()
        claims = self.verifier.verify(token, now)
        text = base64.urlsafe_b64encode(self.entropy.bits()).rstrip(b"=").decode()
        await self.tickets.put(hashlib.sha256(text.encode()).digest(), claims, TICKET_S)
        return StreamTicket(text, min(now + timedelta(seconds=TICKET_S), claims.expires_at))

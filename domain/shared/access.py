"""Who is acting, for which organisation, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.shared.errors import Forbidden
from domain.shared.ids import OrganisationId, SessionId, UserId


class Scope(StrEnum):
    """A permission that a session or key can carry."""

    LEDGER_READ = "ledger:read"
    LEDGER_WRITE = "ledger:write"
    MARKET_READ = "market:read"
    MARKET_WRITE = "market:write"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Actor:
    """The authenticated caller of a use case; its organisation is the only one whose data it can reach."""

    user_id: UserId
    organisation_id: OrganisationId
    session_id: SessionId
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        """Raise Forbidden unless the actor carries the scope."""
        if scope not in self.scopes:
            raise Forbidden(f"This needs the scope {scope.value}.", scope=scope.value)

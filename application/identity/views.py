"""What users see of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.identity.organisation import Role
from domain.identity.preferences import Preferences
from domain.identity.user import User
from domain.shared.ids import OrganisationId, SessionId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """A user as they see themselves."""

    user_id: UserId
    email: str
    organisation_id: OrganisationId
    role: Role
    preferences: Preferences
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, user: User, role: Role) -> ProfileView:
        """Return the view of a user who has this role in the organisation in hand."""
        return cls(
            user_id=user.id,
            email=user.email.text,
            organisation_id=user.organisation_id,
            role=role,
            preferences=user.preferences,
            created_at=user.created_at,
            updated_at=user.updated_at,
            version=user.version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A live session as its user sees it."""

    session_id: SessionId
    address: str | None
    agent: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    is_current: bool

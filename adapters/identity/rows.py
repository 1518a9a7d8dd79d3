"""What the tables hold, typed: each struct reads one row and turns it into the domain's object."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from domain.identity.email import EmailAddress
from domain.identity.preferences import NotificationPreferences, Preferences
from domain.identity.session import Client, EndReason, Session, TokenRecord
from domain.identity.user import User
from domain.ledger.category import Category
from domain.shared.ids import OrganisationId, SessionId, UserId
from domain.shared.money import Currency


class UserRow(Struct, frozen=True, kw_only=True):
    """A row of `users`."""

    organisation_id: OrganisationId
    id: UserId
    email: str
    password_hash: str
    display_currency: str
    time_zone: str
    default_category: Category | None
    wants_imports: bool
    wants_alerts: bool
    wants_summaries: bool
    created_at: datetime
    updated_at: datetime
    disabled_at: datetime | None
    version: int

    def to_user(self) -> User:
        """Return the user."""
        return User(
            id=self.id,
            organisation_id=self.organisation_id,
            email=EmailAddress(self.email),
            password_hash=self.password_hash,
            preferences=Preferences(
                display_currency=Currency(self.display_currency),
                time_zone=self.time_zone,
                default_category=self.default_category,
                notifications=NotificationPreferences(
                    imports=self.wants_imports, alerts=self.wants_alerts, summaries=self.wants_summaries
                ),
            ),
            created_at=self.created_at,
            updated_at=self.updated_at,
            disabled_at=self.disabled_at,
            version=self.version,
        )


def user_values(user: User) -> dict[str, object]:
    """Return the columns of the user that can change."""
    preferences = user.preferences
    return {
        "password_hash": user.password_hash,
        "display_currency": preferences.display_currency.code,
        "time_zone": preferences.time_zone,
        "default_category": preferences.default_category,
        "wants_imports": preferences.notifications.imports,
        "wants_alerts": preferences.notifications.alerts,
        "wants_summaries": preferences.notifications.summaries,
        "updated_at": user.updated_at,
        "disabled_at": user.disabled_at,
    }


class SessionRow(Struct, frozen=True, kw_only=True):
    """A row of `sessions`."""

    organisation_id: OrganisationId
    id: SessionId
    user_id: UserId
    client_address: str | None
    client_agent: str | None
    created_at: datetime
    last_used_at: datetime
    idle_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None
    version: int

    def to_session(self) -> Session:
        """Return the session."""
        return Session(
            id=self.id,
            organisation_id=self.organisation_id,
            user_id=self.user_id,
            client=Client(address=self.client_address, agent=self.client_agent),
            created_at=self.created_at,
            last_used_at=self.last_used_at,
            idle_at=self.idle_at,
            expires_at=self.expires_at,
            ended_at=self.ended_at,
            end_reason=self.end_reason,
            version=self.version,
        )


def session_values(session: Session) -> dict[str, object]:
    """Return the columns of the session that can change."""
    return {
        "last_used_at": session.last_used_at,
        "idle_at": session.idle_at,
        "ended_at": session.ended_at,
        "end_reason": session.end_reason,
    }


class TokenRow(Struct, frozen=True, kw_only=True):
    """A row of `refresh_tokens`."""

    digest: bytes
    session_id: SessionId
    expires_at: datetime
    used_at: datetime | None
    nonce: bytes | None

    def to_record(self) -> TokenRecord:
        """Return the token's record."""
        return TokenRecord(
            digest=self.digest,
            session_id=self.session_id,
            expires_at=self.expires_at,
            used_at=self.used_at,
            nonce=self.nonce,
        )

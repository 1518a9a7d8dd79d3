"""A user: an address, a password's hash and preferences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.identity.email import EmailAddress
from domain.identity.preferences import Preferences
from domain.shared.errors import VersionConflict
from domain.shared.ids import OrganisationId, UserId


@dataclass(slots=True, kw_only=True, eq=False)
class User:
    """A person who signs in. `organisation_id` is the personal organisation that was made with them."""

    id: UserId
    organisation_id: OrganisationId
    email: EmailAddress
    password_hash: str
    preferences: Preferences
    created_at: datetime
    updated_at: datetime
    disabled_at: datetime | None = None
    version: int = 1

    @property
    def is_disabled(self) -> bool:
        """Whether the user is shut out; their sessions end at once."""
        return self.disabled_at is not None

    def prefer(self, preferences: Preferences, *, expected_version: int, now: datetime) -> None:
        """Take on new preferences; raise VersionConflict when the caller saw another version."""
        if expected_version != self.version:
            raise VersionConflict("profile", expected=expected_version, actual=self.version)
        self.preferences = preferences
        self.updated_at = now

    def change_password(self, password_hash: str, *, now: datetime) -> None:
        """Take on the hash of another password, or of the same one under new settings."""
        self.password_hash = password_hash
        self.updated_at = now

    def __repr__(self) -> str:
        return f"User(id={self.id}, version={self.version})"

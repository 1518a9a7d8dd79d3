"""What happens to accounts that somebody should hear of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from domain.shared.events import Event
from domain.shared.ids import SessionId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(Event):
    """A person registered and owns an organisation now."""

    name: ClassVar[str] = "identity.user_registered"
    user_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRepeated(Event):
    """Somebody tried to register an address that has a user; only that user may learn of it."""

    name: ClassVar[str] = "identity.registration_repeated"
    user_id: UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTokenReused(Event):
    """A used refresh token came back: it was probably stolen, and its session has been ended."""

    name: ClassVar[str] = "identity.refresh_token_reused"
    user_id: UserId
    session_id: SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A user has a new password; their other sessions have been ended."""

    name: ClassVar[str] = "identity.password_changed"
    user_id: UserId

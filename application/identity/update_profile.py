"""Changes what a user likes to see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, TypeVar

from application.identity.ports import IdentityUnits
from application.identity.views import ProfileView
from application.shared.ports import Clock
from domain.identity.preferences import NotificationPreferences, Preferences
from domain.ledger.category import Category
from domain.shared.access import Actor, Scope
from domain.shared.errors import NotFound
from domain.shared.money import Currency

T = TypeVar("T")


class Keep(Enum):
    """Says of a field that it stays as it is, where None is a value."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateProfileCommand:
    """The version that the caller saw, and new values for some fields."""

    expected_version: int
    display_currency: Currency | Literal[Keep.KEEP] = KEEP
    time_zone: str | Literal[Keep.KEEP] = KEEP
    default_category: Category | Literal[Keep.KEEP] | None = KEEP
    imports: bool | Literal[Keep.KEEP] = KEEP
    alerts: bool | Literal[Keep.KEEP] = KEEP
    summaries: bool | Literal[Keep.KEEP] = KEEP


@dataclass(frozen=True, slots=True)
class UpdateProfile:
    """Raises VersionConflict when the profile has changed since, Invalid for a value that is none."""

    units: IdentityUnits
    clock: Clock

    async def __call__(self, actor: Actor, command: UpdateProfileCommand) -> ProfileView:
        """Store the new values and return the whole profile."""
        actor.require(Scope.PROFILE)
        async with self.units(actor.organisation_id) as unit:
            user = await unit.users.get(actor.user_id)
            role = await unit.users.role(actor.user_id)
            if role is None:
                raise NotFound("user", actor.user_id)
            preferences = _changed(user.preferences, command)
            user.prefer(preferences, expected_version=command.expected_version, now=self.clock.now())
            await unit.users.save(user)
            await unit.commit()
        return ProfileView.of(user, role)


def _changed(old: Preferences, command: UpdateProfileCommand) -> Preferences:
    return Preferences(
        display_currency=_either(command.display_currency, old.display_currency),
        time_zone=_either(command.time_zone, old.time_zone),
        default_category=_either(command.default_category, old.default_category),
        notifications=NotificationPreferences(
            imports=_either(command.imports, old.notifications.imports),
            alerts=_either(command.alerts, old.notifications.alerts),
            summaries=_either(command.summaries, old.notifications.summaries),
        ),
    )


def _either(new: T | Literal[Keep.KEEP], old: T) -> T:
    return old if new is KEEP else new

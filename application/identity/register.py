"""Registers a person: a user, their personal organisation and their membership in it."""

from __future__ import annotations

from dataclasses import dataclass

from application.identity.ports import IdentityUnits, PasswordHasher, SignInDirectory
from application.shared.ports import Clock, IdFactory
from domain.identity.email import EmailAddress
from domain.identity.events import RegistrationRepeated, UserRegistered
from domain.identity.organisation import Membership, Organisation, Role
from domain.identity.password_policy import check_new_password
from domain.identity.preferences import Preferences
from domain.identity.secrets import Password
from domain.identity.user import User
from domain.shared.ids import OrganisationId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCommand:
    """Who wants to register, and what they like to see."""

    email: EmailAddress
    password: Password
    preferences: Preferences


@dataclass(frozen=True, slots=True)
class Register:
    """An address that is taken gives the same answer after the same work, and its user is left untouched.

    Raises GuessablePassword, and Unavailable when too many passwords wait to be hashed.
    """

    units: IdentityUnits
    directory: SignInDirectory
    hasher: PasswordHasher
    clock: Clock
    ids: IdFactory

    async def __call__(self, command: RegisterCommand) -> None:
        """Make sure that a user with this address exists; who they are shows at sign-in."""
        check_new_password(command.password, command.email)
        password_hash = await self.hasher.hash(command.password)
        if await self.directory.credentials(command.email) is None and await self._add(command, password_hash):
            return
        await self._tell_existing_user(command.email)

    async def _add(self, command: RegisterCommand, password_hash: str) -> bool:
        now = self.clock.now()
        organisation_id = OrganisationId(self.ids.new())
        user_id = UserId(self.ids.new())
        user = User(
            id=user_id,
            organisation_id=organisation_id,
            email=command.email,
            password_hash=password_hash,
            preferences=command.preferences,
            created_at=now,
            updated_at=now,
        )
        organisation = Organisation(id=organisation_id, name="Personal", created_at=now)
        membership = Membership(organisation_id=organisation_id, user_id=user_id, role=Role.OWNER, created_at=now)
        async with self.units(organisation_id) as unit:
            is_new = await unit.users.add(organisation, user, membership)
            if is_new:
                await unit.outbox.add([UserRegistered(organisation_id=organisation_id, user_id=user_id)])
                await unit.commit()
        return is_new

    async def _tell_existing_user(self, email: EmailAddress) -> None:
        """Record the attempt for the user of the address: they may want to know, and it costs what adding costs."""
        existing = await self.directory.credentials(email)
        if existing is None:
            return
        async with self.units(existing.organisation_id) as unit:
            await unit.outbox.add(
                [RegistrationRepeated(organisation_id=existing.organisation_id, user_id=existing.user_id)]
            )
            await unit.commit()

"""Gives a user another password and ends their other sessions."""

from __future__ import annotations

from dataclasses import dataclass

from application.identity.ports import IdentityUnits, PasswordHasher, SignInThrottle
from application.shared.ports import Clock
from domain.identity.events import PasswordChanged
from domain.identity.password_policy import LONGEST, check_new_password
from domain.identity.secrets import Password
from domain.identity.session import EndReason
from domain.identity.user import User
from domain.shared.access import Actor, Scope
from domain.shared.errors import Conflict, Forbidden, Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePasswordCommand:
    """The password that is to be replaced, as proof, the new one, and where the request comes from."""

    current: Password
    new: Password
    source: str | None


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """The session in hand goes on; all others end.

    Raises Forbidden for a wrong current password, GuessablePassword or Invalid for a bad new one, TooManyAttempts like
    a sign-in (a stolen access token must not be a way to guess), Conflict when the password was changed meanwhile.
    """

    units: IdentityUnits
    hasher: PasswordHasher
    throttle: SignInThrottle
    clock: Clock

    async def __call__(self, actor: Actor, command: ChangePasswordCommand) -> int:
        """Return how many other sessions were ended."""
        actor.require(Scope.PROFILE)
        async with self.units(actor.organisation_id) as unit:
            user = await unit.users.get(actor.user_id)
        await self._prove(user, command)
        check_new_password(command.new, user.email)
        new_hash = await self.hasher.hash(command.new)
        async with self.units(actor.organisation_id) as unit:
            current = await unit.users.get(actor.user_id)
            if current.password_hash != user.password_hash:
                raise Conflict("The password was changed a moment ago; sign in with the new one.")
            now = self.clock.now()
            current.change_password(new_hash, now=now)
            await unit.users.save(current)
            ended = await unit.sessions.end_all(current.id, EndReason.PASSWORD_CHANGED, now, but=actor.session_id)
            await unit.outbox.add([PasswordChanged(organisation_id=actor.organisation_id, user_id=current.id)])
            await unit.commit()
        return ended

    async def _prove(self, user: User, command: ChangePasswordCommand) -> None:
        source = command.source or ""
        self.throttle.admit(user.email.text, source, self.clock.now())
        stored = user.password_hash if len(command.current.reveal()) <= LONGEST else None
        try:
            is_right = await self.hasher.verify(command.current, stored)
        except Unavailable:
            self.throttle.withdraw(user.email.text, source, self.clock.now())
            raise
        if not is_right:
            raise Forbidden("The current password is wrong.", field="currentPassword")
        self.throttle.succeeded(user.email.text, source, self.clock.now())

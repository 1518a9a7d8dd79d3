"""Signs a user in with their address and password."""

from __future__ import annotations

from dataclasses import dataclass

from application.identity.ports import (
    AccessTokenIssuer,
    Credentials,
    Entropy,
    IdentityUnits,
    PasswordHasher,
    SignInDirectory,
    SignInThrottle,
)
from application.identity.signed_in import SignedIn, signed_in
from application.shared.ports import Clock, IdFactory
from domain.identity.email import EmailAddress
from domain.identity.organisation import scopes_of
from domain.identity.password_policy import LONGEST
from domain.identity.secrets import Password, RefreshToken
from domain.identity.session import Client, Lifetimes, Session
from domain.shared.errors import Invalid, Unauthenticated, Unavailable
from domain.shared.ids import SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class LogInCommand:
    """What the client claims. The address is as typed: a malformed one is unknown, not an error of its own."""

    email: str
    password: Password
    client: Client


@dataclass(frozen=True, slots=True)
class LogIn:
    """Unknown user, wrong password and disabled user look and take the same.

    Raises Unauthenticated for all three, TooManyAttempts after too many of them, Unavailable when too many
    passwords wait to be verified.
    """

    units: IdentityUnits
    directory: SignInDirectory
    hasher: PasswordHasher
    throttle: SignInThrottle
    entropy: Entropy
    issuer: AccessTokenIssuer
    lifetimes: Lifetimes
    clock: Clock
    ids: IdFactory

    async def __call__(self, command: LogInCommand) -> SignedIn:
        """Start a session."""
        email = _address(command.email)
        account = command.email.strip().lower() if email is None else email.text
        source = command.client.address or ""
        self.throttle.admit(account, source, self.clock.now())
        try:
            credentials = await self._verify(email, command.password)
        except Unavailable:
            self.throttle.withdraw(account, source, self.clock.now())
            raise
        started = await self._start(credentials, command)
        self.throttle.succeeded(account, source, self.clock.now())
        return started

    async def _verify(self, email: EmailAddress | None, password: Password) -> Credentials:
        credentials = None if email is None else await self.directory.credentials(email)
        # nobody's password is that long; it is still verified, against nothing, for the same time
        stored = None if credentials is None or len(password.reveal()) > LONGEST else credentials.password_hash
        is_right = await self.hasher.verify(password, stored)
        if credentials is None or not is_right:
            raise _wrong()
        return credentials

    async def _start(self, credentials: Credentials, command: LogInCommand) -> SignedIn:
        new_hash = None
        if self.hasher.is_outdated(credentials.password_hash):
            new_hash = await self.hasher.hash(command.password)
        now = self.clock.now()
        async with self.units(credentials.organisation_id) as unit:
            user = await unit.users.get(credentials.user_id)
            role = await unit.users.role(user.id)
            # the password may have been changed while it was being verified
            if role is None or user.password_hash != credentials.password_hash:
                raise _wrong()
            if new_hash is not None:
                user.change_password(new_hash, now=now)
                await unit.users.save(user)
            session = Session.start(
                id=SessionId(self.ids.new()),
                organisation_id=user.organisation_id,
                user_id=user.id,
                client=command.client,
                lifetimes=self.lifetimes,
                now=now,
            )
            refresh_token = RefreshToken(self.entropy.bits())
            await unit.sessions.add(session, session.token(refresh_token.digest()))
            await unit.commit()
        return signed_in(
            self.issuer,
            session,
            scopes_of(role),
            refresh_token,
            refresh_expires_at=session.idle_at,
            lifetimes=self.lifetimes,
            now=now,
        )


def _address(text: str) -> EmailAddress | None:
    try:
        return EmailAddress.parse(text)
    except Invalid:
        return None


def _wrong() -> Unauthenticated:
    return Unauthenticated("The e-mail address or the password is wrong.")

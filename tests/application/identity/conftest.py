"""Identity's use cases on fakes, with a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from application.identity.authenticate import Authenticate
from application.identity.change_password import ChangePassword
from application.identity.log_in import LogIn, LogInCommand
from application.identity.log_out import LogOut
from application.identity.log_out_everywhere import LogOutEverywhere
from application.identity.refresh_session import RefreshSession
from application.identity.register import Register, RegisterCommand
from application.identity.revoke_session import RevokeSession
from application.identity.signed_in import SignedIn
from application.identity.update_profile import UpdateProfile
from domain.identity.email import EmailAddress
from domain.identity.preferences import Preferences
from domain.identity.secrets import Password
from domain.identity.session import Client, Lifetimes
from domain.identity.user import User
from domain.shared.access import Actor
from domain.shared.money import Currency
from tests.fakes.identity import (
    FakeEntropy,
    FakeHasher,
    FakeIdentity,
    FakeIdentityUnits,
    FakeSessionCheck,
    FakeSignInDirectory,
    FakeThrottle,
    FakeTokens,
)
from tests.fakes.platform import FakeClock, FakeIds

PASSWORD = "violet kettle runs north"
EMAIL = "asha@example.com"
CLIENT = Client(address="203.0.113.7", agent="Firefox")


@dataclass(slots=True)
class Desk:
    """Every use case of identity, wired to one memory."""

    clock: FakeClock = field(default_factory=FakeClock)
    memory: FakeIdentity = field(default_factory=FakeIdentity)
    hasher: FakeHasher = field(default_factory=FakeHasher)
    throttle: FakeThrottle = field(default_factory=FakeThrottle)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    entropy: FakeEntropy = field(default_factory=FakeEntropy)
    ids: FakeIds = field(default_factory=FakeIds)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)

    @property
    def units(self) -> FakeIdentityUnits:
        return FakeIdentityUnits(self.memory)

    @property
    def directory(self) -> FakeSignInDirectory:
        return FakeSignInDirectory(self.memory)

    @property
    def register(self) -> Register:
        return Register(self.units, self.directory, self.hasher, self.clock, self.ids)

    @property
    def log_in(self) -> LogIn:
        return LogIn(
            units=self.units,
            directory=self.directory,
            hasher=self.hasher,
            throttle=self.throttle,
            entropy=self.entropy,
            issuer=self.tokens,
            lifetimes=self.lifetimes,
            clock=self.clock,
            ids=self.ids,
        )

    @property
    def refresh_session(self) -> RefreshSession:
        return RefreshSession(self.units, self.directory, self.entropy, self.tokens, self.lifetimes, self.clock)

    @property
    def authenticate(self) -> Authenticate:
        return Authenticate(self.tokens, FakeSessionCheck(self.memory), self.clock)

    @property
    def log_out(self) -> LogOut:
        return LogOut(self.units, self.clock)

    @property
    def log_out_everywhere(self) -> LogOutEverywhere:
        return LogOutEverywhere(self.units, self.clock)

    @property
    def revoke_session(self) -> RevokeSession:
        return RevokeSession(self.units, self.clock)

    @property
    def update_profile(self) -> UpdateProfile:
        return UpdateProfile(self.units, self.clock)

    @property
    def change_password(self) -> ChangePassword:
        return ChangePassword(self.units, self.hasher, self.throttle, self.clock)

    async def enrol(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        """Register somebody."""
        await self.register(
            RegisterCommand(
                email=EmailAddress.parse(email),
                password=Password(password),
                preferences=Preferences(display_currency=Currency("INR"), time_zone="Asia/Kolkata"),
            )
        )

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> SignedIn:
        """Log somebody in."""
        return await self.log_in(LogInCommand(email=email, password=Password(password), client=CLIENT))

    async def actor(self, email: str = EMAIL) -> Actor:
        """Register somebody, log them in and return who they are then."""
        await self.enrol(email)
        return await self.authenticate((await self.sign_in(email)).access_token)

    def user(self, email: str = EMAIL) -> User:
        """Return the stored user."""
        return next(user for user in self.memory.people.users.values() if user.email.text == email)

    def events(self) -> list[str]:
        """Return the names of what was told, in order."""
        return [event.name for event in self.memory.outbox.stored]


@pytest.fixture
def desk() -> Desk:
    return Desk()

"""The same people and sessions, kept in memory or in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.identity.reads import SqlExpiredSessions, SqlIdentityQueries, SqlSessionCheck, SqlSignInDirectory
from adapters.identity.tables import memberships, users
from adapters.identity.unit_of_work import SqlIdentityUnits
from adapters.platform.database.engine import open_engine
from adapters.platform.database.transaction import Tenant, begin
from adapters.platform.ids import Uuid7Factory
from application.identity.ports import (
    ExpiredSessions,
    IdentityUnits,
    SessionCheck,
    SignInDirectory,
)
from domain.identity.email import EmailAddress
from domain.identity.organisation import Membership, Organisation, Role
from domain.identity.preferences import Preferences
from domain.identity.secrets import RefreshToken
from domain.identity.session import Client, Lifetimes, Session
from domain.identity.user import User
from domain.shared.ids import OrganisationId, SessionId, UserId
from domain.shared.money import Currency
from tests.fakes.identity import (
    FakeExpiredSessions,
    FakeIdentity,
    FakeIdentityUnits,
    FakeSessionCheck,
    FakeSignInDirectory,
)
from tests.fakes.platform import FakeClock

NOW = datetime(2026, 1, 31, 9, 15, tzinfo=UTC)
_numbers = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """The stores under test, and two levers that no port offers yet."""

    units: IdentityUnits
    directory: SignInDirectory
    check: SessionCheck
    expired: ExpiredSessions
    disable: Callable[[User], Awaitable[None]]
    make_viewer: Callable[[User], Awaitable[None]]


def new_user(email: str | None = None) -> User:
    """Return a user of a new organisation, with an address nobody has unless one is given."""
    ids = Uuid7Factory()
    return User(
        id=UserId(ids.new()),
        organisation_id=OrganisationId(ids.new()),
        email=EmailAddress.parse(email or f"person{next(_numbers)}@example.com"),
        password_hash="1:hash",
        preferences=Preferences(display_currency=Currency("INR"), time_zone="Asia/Kolkata"),
        created_at=NOW,
        updated_at=NOW,
    )


def people_of(user: User) -> tuple[Organisation, User, Membership]:
    """Return the user with the organisation and membership that registering makes."""
    organisation = Organisation(id=user.organisation_id, name="Personal", created_at=NOW)
    membership = Membership(organisation_id=user.organisation_id, user_id=user.id, role=Role.OWNER, created_at=NOW)
    return organisation, user, membership


def new_session(user: User, now: datetime = NOW) -> Session:
    """Return a session of the user that starts now."""
    return Session.start(
        id=SessionId(Uuid7Factory().new()),
        organisation_id=user.organisation_id,
        user_id=user.id,
        client=Client(address="203.0.113.7", agent="Firefox"),
        lifetimes=Lifetimes(),
        now=now,
    )


def digest(number: int) -> bytes:
    """Return the digest of a made-up token."""
    return RefreshToken(number.to_bytes(32)).digest()


async def register(units: IdentityUnits, user: User) -> bool:
    """Store a user with their organisation and membership."""
    async with units(user.organisation_id) as unit:
        is_new = await unit.users.add(*people_of(user))
        if is_new:
            await unit.commit()
    return is_new


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture(params=["fake", "sql"])
async def harness(request: pytest.FixtureRequest, engine: AsyncEngine) -> Harness:
    return _fake() if request.param == "fake" else _sql(engine)


@pytest.fixture
async def queries(engine: AsyncEngine) -> SqlIdentityQueries:
    return SqlIdentityQueries(engine, FakeClock(NOW))


def _fake() -> Harness:
    memory = FakeIdentity()

    async def disable(user: User) -> None:
        memory.people.users[user.id].disabled_at = NOW

    async def make_viewer(user: User) -> None:
        memory.people.memberships[user.organisation_id, user.id] = Membership(
            organisation_id=user.organisation_id, user_id=user.id, role=Role.VIEWER, created_at=NOW
        )

    return Harness(
        units=FakeIdentityUnits(memory),
        directory=FakeSignInDirectory(memory),
        check=FakeSessionCheck(memory),
        expired=FakeExpiredSessions(memory),
        disable=disable,
        make_viewer=make_viewer,
    )


def _sql(engine: AsyncEngine) -> Harness:
    async def disable(user: User) -> None:
        async with begin(engine, Tenant(user.organisation_id)) as block:
            await block.connection.execute(update(users).where(users.c.id == user.id).values(disabled_at=NOW))
            await block.commit()

    async def make_viewer(user: User) -> None:
        async with begin(engine, Tenant(user.organisation_id)) as block:
            await block.connection.execute(
                update(memberships).where(memberships.c.user_id == user.id).values(role=Role.VIEWER)
            )
            await block.commit()

    return Harness(
        units=SqlIdentityUnits(engine, Uuid7Factory()),
        directory=SqlSignInDirectory(engine),
        check=SqlSessionCheck(engine),
        expired=SqlExpiredSessions(engine),
        disable=disable,
        make_viewer=make_viewer,
    )

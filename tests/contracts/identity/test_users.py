"""What the store of users and the sign-in directory promise, in memory and on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.identity.tables import memberships, organisations, users
from adapters.platform.database.transaction import Tenant, read
from adapters.platform.ids import Uuid7Factory
from domain.identity.email import EmailAddress
from domain.identity.organisation import Role
from domain.identity.preferences import NotificationPreferences, Preferences
from domain.ledger.category import Category
from domain.shared.errors import NotFound, VersionConflict
from domain.shared.ids import OrganisationId, UserId
from domain.shared.money import Currency
from tests.contracts.identity.conftest import NOW, Harness, new_user, people_of, register

pytestmark = pytest.mark.anyio


async def test_a_user_is_read_as_they_were_stored(harness: Harness) -> None:
    user = new_user()
    assert await register(harness.units, user)
    async with harness.units(user.organisation_id) as unit:
        stored = await unit.users.get(user.id)
        assert await unit.users.role(user.id) is Role.OWNER
    assert (stored.email, stored.password_hash, stored.preferences) == (user.email, "1:hash", user.preferences)
    assert (stored.created_at, stored.updated_at, stored.version) == (NOW, NOW, 1)
    assert not stored.is_disabled


async def test_every_preference_is_kept(harness: Harness) -> None:
    user = new_user()
    await register(harness.units, user)
    wanted = Preferences(
        display_currency=Currency("USDT"),
        time_zone="America/New_York",
        default_category=Category.LONG_TERM,
        notifications=NotificationPreferences(imports=False, alerts=False, summaries=True),
    )
    async with harness.units(user.organisation_id) as unit:
        stored = await unit.users.get(user.id)
        stored.prefer(wanted, expected_version=1, now=NOW + timedelta(hours=1))
        await unit.users.save(stored)
        assert stored.version == 2
        await unit.commit()
    async with harness.units(user.organisation_id) as unit:
        again = await unit.users.get(user.id)
    assert (again.preferences, again.updated_at, again.version) == (wanted, NOW + timedelta(hours=1), 2)


async def test_an_address_has_one_user_and_a_refused_registration_leaves_nothing(harness: Harness) -> None:
    first = new_user()
    second = new_user(first.email.text)
    assert await register(harness.units, first)
    assert not await register(harness.units, second)
    credentials = await harness.directory.credentials(first.email)
    assert credentials is not None
    assert credentials.user_id == first.id
    async with harness.units(second.organisation_id) as unit:
        with pytest.raises(NotFound):
            await unit.users.get(second.id)


async def test_of_many_who_register_an_address_at_once_one_succeeds(harness: Harness) -> None:
    email = new_user().email.text
    outcomes = await asyncio.gather(*(register(harness.units, new_user(email)) for _ in range(8)))
    assert sorted(outcomes) == [False] * 7 + [True]


async def test_a_stale_copy_is_not_saved(harness: Harness) -> None:
    user = new_user()
    await register(harness.units, user)
    async with harness.units(user.organisation_id) as unit:
        stale = await unit.users.get(user.id)
    async with harness.units(user.organisation_id) as unit:
        fresh = await unit.users.get(user.id)
        await unit.users.save(fresh)
        await unit.commit()
    async with harness.units(user.organisation_id) as unit:
        with pytest.raises(VersionConflict):
            await unit.users.save(stale)


async def test_another_organisation_neither_sees_nor_changes_a_user(harness: Harness) -> None:
    user, stranger = new_user(), new_user()
    await register(harness.units, user)
    await register(harness.units, stranger)
    async with harness.units(stranger.organisation_id) as unit:
        with pytest.raises(NotFound):
            await unit.users.get(user.id)
        assert await unit.users.role(user.id) is None
        with pytest.raises((VersionConflict, NotFound)):
            await unit.users.save(user)


async def test_a_disabled_user_has_no_role(harness: Harness) -> None:
    user = new_user()
    await register(harness.units, user)
    await harness.disable(user)
    async with harness.units(user.organisation_id) as unit:
        assert (await unit.users.get(user.id)).is_disabled
        assert await unit.users.role(user.id) is None


async def test_the_directory_knows_who_is_registered_and_nobody_else(harness: Harness) -> None:
    user = new_user()
    await register(harness.units, user)
    credentials = await harness.directory.credentials(user.email)
    assert credentials is not None
    assert (credentials.user_id, credentials.organisation_id) == (user.id, user.organisation_id)
    assert credentials.password_hash == "1:hash"
    assert await harness.directory.credentials(EmailAddress.parse("nobody@example.com")) is None


async def test_nobody_is_found_by_an_id_that_was_never_given(harness: Harness) -> None:
    async with harness.units(OrganisationId(Uuid7Factory().new())) as unit:
        with pytest.raises(NotFound):
            await unit.users.get(UserId(Uuid7Factory().new()))


async def test_without_commit_nobody_is_registered(harness: Harness) -> None:
    user = new_user()
    async with harness.units(user.organisation_id) as unit:
        assert await unit.users.add(*people_of(user))
    assert await harness.directory.credentials(user.email) is None


async def test_the_database_itself_shows_a_tenant_their_own_people_only(engine: AsyncEngine, harness: Harness) -> None:
    """Row-level security holds even for a statement that forgets to filter."""
    user, stranger = new_user(), new_user()
    await register(harness.units, user)
    await register(harness.units, stranger)
    async with read(engine, Tenant(stranger.organisation_id)) as connection:
        for table in (organisations, users, memberships):
            found = await connection.execute(select(table.c.organisation_id))
            assert set(found.scalars()) <= {stranger.organisation_id}
    async with read(engine, Tenant()) as connection:
        for table in (organisations, users, memberships):
            assert (await connection.execute(select(table))).all() == []


async def test_sign_in_opens_users_and_nothing_else_of_people(engine: AsyncEngine, harness: Harness) -> None:
    """The purpose that looks across organisations reaches addresses and hashes, not memberships."""
    await register(harness.units, new_user())
    async with read(engine, Tenant(purpose="authenticate")) as connection:
        for table in (organisations, memberships):
            assert (await connection.execute(select(table))).all() == []


async def test_credentials_do_not_print_the_hash() -> None:
    user = replace(new_user(), password_hash="$argon2id$secret")
    assert "argon2id" not in repr(user)

"""What the store of sessions, the session check and the purge promise, in memory and on PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.identity.reads import SqlIdentityQueries
from adapters.identity.tables import refresh_tokens, sessions
from adapters.identity.unit_of_work import SqlIdentityUnits
from adapters.platform.database.transaction import Tenant, read
from adapters.platform.ids import Uuid7Factory
from application.identity.ports import TokenOwner
from application.shared.pages import PageRequest
from domain.identity.organisation import Role, scopes_of
from domain.identity.session import EndReason, Session
from domain.identity.user import User
from domain.shared.access import Actor, Scope
from domain.shared.errors import Forbidden, Invalid, NotFound, VersionConflict
from tests.contracts.identity.conftest import NOW, Harness, digest, new_session, new_user, register

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


async def _signed_in(harness: Harness, number: int) -> tuple[User, Session]:
    """Return a registered user with one session, whose first token has the digest of that number."""
    user = new_user()
    await register(harness.units, user)
    return user, await _another(harness, user, number)


async def _another(harness: Harness, user: User, number: int) -> Session:
    session = new_session(user)
    async with harness.units(user.organisation_id) as unit:
        await unit.sessions.add(session, session.token(digest(number)))
        await unit.commit()
    return session


async def test_a_session_is_read_as_it_was_stored(harness: Harness) -> None:
    user, session = await _signed_in(harness, 1)
    async with harness.units(user.organisation_id) as unit:
        stored = await unit.sessions.get(session.id)
        token = await unit.sessions.token(digest(1))
    assert (stored.user_id, stored.client) == (user.id, session.client)
    assert (stored.created_at, stored.last_used_at) == (NOW, NOW)
    assert (stored.idle_at, stored.expires_at) == (NOW + 7 * DAY, NOW + 30 * DAY)
    assert token == session.token(digest(1))
    assert await harness.directory.owner(digest(1)) == TokenOwner(
        organisation_id=user.organisation_id, session_id=session.id
    )


async def test_a_token_that_was_never_stored_has_no_owner(harness: Harness) -> None:
    user, _ = await _signed_in(harness, 2)
    assert await harness.directory.owner(digest(3)) is None
    async with harness.units(user.organisation_id) as unit:
        assert await unit.sessions.token(digest(3)) is None


async def test_a_rotation_keeps_both_tokens(harness: Harness) -> None:
    user, session = await _signed_in(harness, 10)
    later = NOW + timedelta(minutes=10)
    async with harness.units(user.organisation_id) as unit:
        token = await unit.sessions.token(digest(10))
        assert token is not None
        await unit.sessions.rotate(token.use(later, b"n" * 32), session.token(digest(11)))
        await unit.commit()
    async with harness.units(user.organisation_id) as unit:
        used = await unit.sessions.token(digest(10))
        child = await unit.sessions.token(digest(11))
    assert used is not None
    assert (used.used_at, used.nonce) == (later, b"n" * 32)
    assert child is not None
    assert (child.session_id, child.used_at, child.nonce) == (session.id, None, None)


async def test_an_ended_session_keeps_its_reason_and_has_no_standing(harness: Harness) -> None:
    user, session = await _signed_in(harness, 20)
    async with harness.units(user.organisation_id) as unit:
        stored = await unit.sessions.get(session.id)
        stored.end(EndReason.TOKEN_REUSED, NOW)
        await unit.sessions.save(stored)
        await unit.commit()
    async with harness.units(user.organisation_id) as unit:
        again = await unit.sessions.get(session.id)
    assert (again.ended_at, again.end_reason, again.version) == (NOW, EndReason.TOKEN_REUSED, 2)
    assert await harness.check.standing(user.organisation_id, session.id, NOW) is None


async def test_a_stale_session_is_not_saved(harness: Harness) -> None:
    user, session = await _signed_in(harness, 30)
    async with harness.units(user.organisation_id) as unit:
        await unit.sessions.save(await unit.sessions.get(session.id))
        await unit.commit()
    async with harness.units(user.organisation_id) as unit:
        with pytest.raises(VersionConflict):
            await unit.sessions.save(session)


async def test_ending_all_sessions_spares_one_and_strangers(harness: Harness) -> None:
    user, first = await _signed_in(harness, 40)
    second, third = await _another(harness, user, 41), await _another(harness, user, 42)
    stranger, theirs = await _signed_in(harness, 43)
    async with harness.units(user.organisation_id) as unit:
        ended = await unit.sessions.end_all(user.id, EndReason.PASSWORD_CHANGED, NOW, but=third.id)
        assert await unit.sessions.end_all(stranger.id, EndReason.PASSWORD_CHANGED, NOW) == 0
        await unit.commit()
    assert ended == 2
    for session, is_live in ((first, False), (second, False), (third, True)):
        standing = await harness.check.standing(user.organisation_id, session.id, NOW)
        assert (standing is not None) is is_live
    assert await harness.check.standing(stranger.organisation_id, theirs.id, NOW) is not None


async def test_ending_all_sessions_counts_only_live_ones(harness: Harness) -> None:
    user, _ = await _signed_in(harness, 45)
    async with harness.units(user.organisation_id) as unit:
        assert await unit.sessions.end_all(user.id, EndReason.LOGGED_OUT_EVERYWHERE, NOW + 8 * DAY) == 0
        assert await unit.sessions.end_all(user.id, EndReason.LOGGED_OUT_EVERYWHERE, NOW) == 1
        assert await unit.sessions.end_all(user.id, EndReason.LOGGED_OUT_EVERYWHERE, NOW) == 0


async def test_standing_follows_the_role_and_ends_with_the_user_or_the_time(harness: Harness) -> None:
    user, session = await _signed_in(harness, 50)
    standing = await harness.check.standing(user.organisation_id, session.id, NOW)
    assert standing is not None
    assert (standing.user_id, standing.scopes) == (user.id, frozenset(Scope))
    assert await harness.check.standing(user.organisation_id, session.id, NOW + 7 * DAY) is None
    await harness.make_viewer(user)
    standing = await harness.check.standing(user.organisation_id, session.id, NOW)
    assert standing is not None
    assert standing.scopes == scopes_of(Role.VIEWER)
    assert Scope.LEDGER_WRITE not in standing.scopes
    await harness.disable(user)
    assert await harness.check.standing(user.organisation_id, session.id, NOW) is None


async def test_another_organisation_reaches_neither_session_nor_token(harness: Harness) -> None:
    user, session = await _signed_in(harness, 60)
    stranger, _ = await _signed_in(harness, 61)
    async with harness.units(stranger.organisation_id) as unit:
        with pytest.raises(NotFound):
            await unit.sessions.get(session.id)
        assert await unit.sessions.token(digest(60)) is None
        assert await unit.sessions.end_all(user.id, EndReason.REVOKED, NOW) == 0
    assert await harness.check.standing(stranger.organisation_id, session.id, NOW) is None


async def test_the_purge_removes_what_expired_and_nothing_else(harness: Harness) -> None:
    _, old = await _signed_in(harness, 70)
    user = new_user()
    await register(harness.units, user)
    young = new_session(user, NOW + 5 * DAY)
    async with harness.units(user.organisation_id) as unit:
        await unit.sessions.add(young, young.token(digest(71)))
        await unit.commit()
    before = old.idle_at + timedelta(seconds=1)
    removed = 0
    while batch := await harness.expired.purge(before, 1000):
        removed += batch
    assert removed >= 2
    assert await harness.directory.owner(digest(70)) is None
    assert await harness.directory.owner(digest(71)) is not None
    async with harness.units(old.organisation_id) as unit:
        with pytest.raises(NotFound):
            await unit.sessions.get(old.id)


async def test_the_purge_removes_no_more_than_it_is_told(harness: Harness) -> None:
    for number in range(80, 83):
        await _signed_in(harness, number)
    assert await harness.expired.purge(NOW + 60 * DAY, 1) == 2


async def test_whoever_reads_a_session_makes_others_wait(engine: AsyncEngine) -> None:
    """Two refreshes of one family take turns: the second sees what the first wrote."""
    units = SqlIdentityUnits(engine, Uuid7Factory())
    user = new_user()
    await register(units, user)
    session = new_session(user)
    async with units(user.organisation_id) as unit:
        await unit.sessions.add(session, session.token(digest(90)))
        await unit.commit()

    async def count_up() -> None:
        async with units(user.organisation_id) as unit:
            stored = await unit.sessions.get(session.id)
            await asyncio.sleep(0)
            await unit.sessions.save(stored)
            await unit.commit()

    await asyncio.gather(*(count_up() for _ in range(8)))
    async with units(user.organisation_id) as unit:
        assert (await unit.sessions.get(session.id)).version == 9


async def test_the_database_itself_shows_a_tenant_their_own_sessions_only(
    engine: AsyncEngine, harness: Harness
) -> None:
    """Row-level security holds even for a statement that forgets to filter."""
    await _signed_in(harness, 100)
    stranger, _ = await _signed_in(harness, 101)
    async with read(engine, Tenant(stranger.organisation_id)) as connection:
        for table in (sessions, refresh_tokens):
            found = await connection.execute(select(table.c.organisation_id))
            assert set(found.scalars()) <= {stranger.organisation_id}
    async with read(engine, Tenant(purpose="authenticate")) as connection:
        assert (await connection.execute(select(sessions))).all() == []


def _actor(user: User, session: Session, role: Role = Role.OWNER) -> Actor:
    return Actor(user_id=user.id, organisation_id=user.organisation_id, session_id=session.id, scopes=scopes_of(role))


async def test_views_show_the_actor_themselves(engine: AsyncEngine, queries: SqlIdentityQueries) -> None:
    units = SqlIdentityUnits(engine, Uuid7Factory())
    user, stranger = new_user(), new_user()
    made: list[Session] = []
    for person in (user, stranger):
        await register(units, person)
        for _ in range(3):
            session = new_session(person)
            async with units(person.organisation_id) as unit:
                await unit.sessions.add(session, session.token(session.id.bytes * 2))
                await unit.commit()
            if person is user:
                made.append(session)
    actor = _actor(user, made[0])
    profile = await queries.profile(actor)
    assert (profile.user_id, profile.email, profile.role, profile.version) == (user.id, user.email.text, Role.OWNER, 1)
    first = await queries.sessions(actor, PageRequest(limit=2))
    assert [view.session_id for view in first.rows] == [made[2].id, made[1].id]
    second = await queries.sessions(actor, PageRequest(limit=2, cursor=first.next_cursor))
    assert [(view.session_id, view.is_current) for view in second.rows] == [(made[0].id, True)]
    assert second.next_cursor is None


async def test_views_refuse_wrong_cursors_missing_scopes_and_unknown_users(
    engine: AsyncEngine, queries: SqlIdentityQueries
) -> None:
    user = new_user()
    await register(SqlIdentityUnits(engine, Uuid7Factory()), user)
    actor = _actor(user, new_session(user))
    for cursor in ("x", "AAAA", "!" * 22):
        with pytest.raises(Invalid):
            await queries.sessions(actor, PageRequest(cursor=cursor))
    powerless = Actor(
        user_id=user.id, organisation_id=user.organisation_id, session_id=actor.session_id, scopes=frozenset()
    )
    with pytest.raises(Forbidden):
        await queries.profile(powerless)
    with pytest.raises(Forbidden):
        await queries.sessions(powerless, PageRequest())
    nobody = new_user()
    with pytest.raises(NotFound):
        await queries.profile(_actor(nobody, new_session(nobody)))

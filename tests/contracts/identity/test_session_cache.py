"""A revocation is seen within five seconds: the cache in front of the database is never older."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.identity.session_cache import CachedSessionCheck
from domain.identity.session import EndReason, Session
from domain.identity.user import User
from domain.shared.errors import Unavailable
from domain.shared.ids import OrganisationId
from tests.contracts.identity.conftest import NOW, digest, new_session, new_user, register
from tests.fakes.identity import FakeIdentity, FakeIdentityUnits, FakeSessionCheck

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


async def _live(memory: FakeIdentity) -> tuple[User, Session]:
    units = FakeIdentityUnits(memory)
    user = new_user()
    await register(units, user)
    session = new_session(user)
    async with units(user.organisation_id) as unit:
        await unit.sessions.add(session, session.token(digest(1)))
        await unit.commit()
    return user, session


async def test_within_five_seconds_the_database_is_asked_once() -> None:
    memory = FakeIdentity()
    source = FakeSessionCheck(memory)
    cached = CachedSessionCheck(source)
    user, session = await _live(memory)
    for milliseconds in range(0, 5000, 100):
        at = NOW + timedelta(milliseconds=milliseconds)
        assert await cached.standing(user.organisation_id, session.id, at) is not None
    assert source.asked == 1


async def test_after_five_seconds_a_revoked_session_has_no_standing() -> None:
    memory = FakeIdentity()
    cached = CachedSessionCheck(FakeSessionCheck(memory))
    user, session = await _live(memory)
    assert await cached.standing(user.organisation_id, session.id, NOW) is not None
    memory.people.sessions[session.id].end(EndReason.REVOKED, NOW)
    assert await cached.standing(user.organisation_id, session.id, NOW + 5 * SECOND) is None


async def test_a_clock_that_was_set_back_does_not_keep_an_answer_alive() -> None:
    memory = FakeIdentity()
    cached = CachedSessionCheck(FakeSessionCheck(memory))
    user, session = await _live(memory)
    assert await cached.standing(user.organisation_id, session.id, NOW) is not None
    memory.people.sessions[session.id].end(EndReason.REVOKED, NOW)
    assert await cached.standing(user.organisation_id, session.id, NOW - timedelta(hours=1)) is None


async def test_one_organisations_answer_is_not_given_to_another() -> None:
    memory = FakeIdentity()
    cached = CachedSessionCheck(FakeSessionCheck(memory))
    user, session = await _live(memory)
    stranger, _ = await _live(memory)
    assert await cached.standing(user.organisation_id, session.id, NOW) is not None
    assert await cached.standing(stranger.organisation_id, session.id, NOW) is None
    assert await cached.standing(OrganisationId(session.id), session.id, NOW) is None


async def test_when_the_database_is_away_nobody_is_let_in_on_an_old_answer() -> None:
    memory = FakeIdentity()
    source = FakeSessionCheck(memory)
    cached = CachedSessionCheck(source)
    user, session = await _live(memory)
    assert await cached.standing(user.organisation_id, session.id, NOW) is not None
    source.is_away = True
    assert await cached.standing(user.organisation_id, session.id, NOW + 4 * SECOND) is not None
    with pytest.raises(Unavailable):
        await cached.standing(user.organisation_id, session.id, NOW + 5 * SECOND)

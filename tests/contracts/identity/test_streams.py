"""Tickets are taken once, and many sessions are looked at together as each is by itself."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.identity.reads import SqlLiveSessions, SqlSessionCheck
from adapters.identity.tickets import RedisTickets
from adapters.identity.unit_of_work import SqlIdentityUnits
from adapters.platform.cache.entries import Seal
from adapters.platform.ids import Uuid7Factory
from application.identity.issue_stream_ticket import IssueStreamTicket
from application.identity.open_stream import OpenStream
from application.identity.ports import Claims
from application.identity.redeem_stream_ticket import RedeemStreamTicket
from application.identity.streams import TicketStore
from domain.identity.organisation import Role, scopes_of
from domain.identity.session import EndReason, Session
from domain.identity.user import User
from domain.shared.access import Scope
from domain.shared.errors import Unauthenticated, Unavailable
from domain.shared.ids import SessionId
from tests.contracts.identity.conftest import NOW, digest, new_session, new_user, register
from tests.fakes.identity import FakeEntropy, FakeTokens
from tests.fakes.platform import FakeClock
from tests.fakes.tickets import FakeTickets

pytestmark = pytest.mark.anyio


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(redis_url)  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
    yield client
    await client.aclose()


@pytest.fixture(params=["fake", "redis"])
def tickets(request: pytest.FixtureRequest, redis: Redis) -> TicketStore:
    return FakeTickets() if request.param == "fake" else RedisTickets(redis, Seal("secret"))


def _claims(user: User, session: Session) -> Claims:
    return Claims(
        user_id=user.id,
        organisation_id=user.organisation_id,
        session_id=session.id,
        scopes=frozenset(Scope),
        issued_at=NOW,
        expires_at=NOW + timedelta(minutes=15),
    )


async def test_a_ticket_is_taken_once_whoever_asks_at_the_same_moment(tickets: TicketStore) -> None:
    user = new_user()
    claims, key = _claims(user, new_session(user)), hashlib.sha256(b"ticket").digest()
    await tickets.put(key, claims, 30)
    taken = await asyncio.gather(*(tickets.take(key) for _ in range(5)))
    assert sorted(each is None for each in taken) == [False, True, True, True, True]
    assert next(each for each in taken if each is not None) == claims
    assert await tickets.take(hashlib.sha256(b"another").digest()) is None


async def test_a_ticket_lasts_half_a_minute_and_is_believed_only_if_it_is_ours(redis: Redis) -> None:
    """Whoever can write to Redis opens no connection with what they wrote there."""
    user = new_user()
    claims, key = _claims(user, new_session(user)), hashlib.sha256(b"ticket").digest()
    begun = time.monotonic()
    await RedisTickets(redis, Seal("theirs")).put(key, claims, 30)
    left_s = await redis.pttl(f"tapedeck:tickets:{key.hex()}") / 1000
    # it is told in whole milliseconds
    assert 30 - (time.monotonic() - begun) - 0.01 <= left_s <= 30
    assert await RedisTickets(redis, Seal("ours")).take(key) is None


async def test_without_redis_there_are_no_tickets() -> None:
    away: Redis = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    with pytest.raises(Unavailable):
        await RedisTickets(away, Seal("secret")).take(b"ticket")
    await away.aclose()


async def _signed_in(engine: AsyncEngine, number: int) -> tuple[User, Session]:
    units, user = SqlIdentityUnits(engine, Uuid7Factory()), new_user()
    await register(units, user)
    session = new_session(user)
    async with units(user.organisation_id) as unit:
        await unit.sessions.add(session, session.token(digest(number)))
        await unit.commit()
    return user, session


async def test_sessions_of_many_organisations_are_looked_at_together(engine: AsyncEngine) -> None:
    """Those that live have the standing of their role; those that ended, and those that never were, have none."""
    (user, alive), (other, ended) = await _signed_in(engine, 901), await _signed_in(engine, 902)
    async with SqlIdentityUnits(engine, Uuid7Factory())(other.organisation_id) as unit:
        stored = await unit.sessions.get(ended.id)
        stored.end(EndReason.REVOKED, NOW)
        await unit.sessions.save(stored)
        await unit.commit()
    never = SessionId(Uuid7Factory().new())
    found = await SqlLiveSessions(engine).standings([alive.id, ended.id, never], NOW)
    assert set(found) == {alive.id}
    assert (found[alive.id].user_id, found[alive.id].scopes) == (user.id, scopes_of(Role.OWNER))
    assert await SqlLiveSessions(engine).standings([alive.id], NOW + timedelta(days=400)) == {}


async def test_a_ticket_stands_for_its_token_and_its_session(engine: AsyncEngine) -> None:
    """The connection is the user's, ends with the token, and is not opened once the session has ended."""
    user, session = await _signed_in(engine, 903)
    tokens, store, clock, check = FakeTokens(), FakeTickets(), FakeClock(NOW), SqlSessionCheck(engine)
    token = tokens.issue(_claims(user, session))
    granted = await OpenStream(tokens, check, clock)(token)
    issue, redeem = IssueStreamTicket(tokens, store, FakeEntropy(), clock), RedeemStreamTicket(store, check, clock)
    first, second = await issue(granted.actor, token), await issue(granted.actor, token)
    assert first.text not in repr(first)
    assert first.expires_at == NOW + timedelta(seconds=30)
    assert await redeem(first.text) == granted
    assert granted.expires_at == NOW + timedelta(minutes=15)
    with pytest.raises(Unauthenticated):
        await redeem(first.text)
    async with SqlIdentityUnits(engine, Uuid7Factory())(user.organisation_id) as unit:
        stored = await unit.sessions.get(session.id)
        stored.end(EndReason.REVOKED, NOW)
        await unit.sessions.save(stored)
        await unit.commit()
    with pytest.raises(Unauthenticated):
        await redeem(second.text)

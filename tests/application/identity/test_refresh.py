"""Refreshing: a token is good once, forgiving for ten seconds, and reuse ends the family."""

from __future__ import annotations

import asyncio

import pytest

from domain.identity.events import RefreshTokenReused
from domain.identity.session import EndReason
from domain.shared.errors import Unauthenticated
from tests.application.identity.conftest import Desk

pytestmark = pytest.mark.anyio


async def _refused(desk: Desk, text: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        await desk.refresh_session(text)
    assert refused.value.message == "This refresh token is not good any more; sign in again."
    assert refused.value.details == {}


async def test_each_refresh_gives_new_tokens_of_the_same_session(desk: Desk) -> None:
    await desk.enrol()
    first = await desk.sign_in()
    desk.clock.advance(minutes=10)
    second = await desk.refresh_session(first.refresh_token.reveal())
    desk.clock.advance(minutes=10)
    third = await desk.refresh_session(second.refresh_token.reveal())
    assert first.session_id == second.session_id == third.session_id
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    await desk.authenticate(third.access_token)


async def test_only_digests_are_stored(desk: Desk) -> None:
    await desk.enrol()
    signed_in = await desk.sign_in()
    child = await desk.refresh_session(signed_in.refresh_token.reveal())
    stored = repr(desk.memory.people.tokens)
    for token in (signed_in.refresh_token, child.refresh_token):
        assert token.reveal() not in stored
        assert token.digest() in desk.memory.people.tokens


async def test_a_lost_answer_can_be_asked_for_again_within_the_grace(desk: Desk) -> None:
    await desk.enrol()
    parent = await desk.sign_in()
    child = await desk.refresh_session(parent.refresh_token.reveal())
    desk.clock.advance(seconds=10)
    again = await desk.refresh_session(parent.refresh_token.reveal())
    assert again.refresh_token == child.refresh_token
    assert again.refresh_expires_at == child.refresh_expires_at
    await desk.refresh_session(again.refresh_token.reveal())


async def test_fifty_refreshes_at_once_give_one_child(desk: Desk) -> None:
    await desk.enrol()
    parent = (await desk.sign_in()).refresh_token.reveal()
    answers = await asyncio.gather(*(desk.refresh_session(parent) for _ in range(50)))
    assert len({answer.refresh_token for answer in answers}) == 1
    assert len(desk.memory.people.tokens) == 2


async def test_reuse_after_the_grace_ends_the_family_and_is_told(desk: Desk) -> None:
    await desk.enrol()
    stolen = await desk.sign_in()
    mine = await desk.refresh_session(stolen.refresh_token.reveal())
    desk.clock.advance(seconds=10.1)
    await _refused(desk, stolen.refresh_token.reveal())
    session = desk.memory.people.sessions[mine.session_id]
    assert session.end_reason is EndReason.TOKEN_REUSED
    await _refused(desk, mine.refresh_token.reveal())
    with pytest.raises(Unauthenticated):
        await desk.authenticate(mine.access_token)
    told = desk.memory.outbox.stored[-1]
    assert isinstance(told, RefreshTokenReused)
    assert (told.user_id, told.session_id) == (desk.user().id, mine.session_id)


async def test_reuse_is_told_once(desk: Desk) -> None:
    await desk.enrol()
    stolen = (await desk.sign_in()).refresh_token.reveal()
    await desk.refresh_session(stolen)
    desk.clock.advance(minutes=1)
    for _ in range(3):
        await _refused(desk, stolen)
    assert desk.events().count("identity.refresh_token_reused") == 1


async def test_a_thief_who_is_first_is_found_out_when_the_owner_refreshes(desk: Desk) -> None:
    await desk.enrol()
    shared = (await desk.sign_in()).refresh_token.reveal()
    thiefs = await desk.refresh_session(shared)
    desk.clock.advance(minutes=14)
    await _refused(desk, shared)
    await _refused(desk, thiefs.refresh_token.reveal())


async def test_other_sessions_of_the_user_survive_the_reuse_in_one(desk: Desk) -> None:
    await desk.enrol()
    stolen, other = await desk.sign_in(), await desk.sign_in()
    await desk.refresh_session(stolen.refresh_token.reveal())
    desk.clock.advance(minutes=1)
    await _refused(desk, stolen.refresh_token.reveal())
    await desk.refresh_session(other.refresh_token.reveal())


async def test_seven_days_idle_end_a_session(desk: Desk) -> None:
    await desk.enrol()
    token = await desk.sign_in()
    desk.clock.advance(days=6, hours=23)
    token = await desk.refresh_session(token.refresh_token.reveal())
    desk.clock.advance(days=7)
    await _refused(desk, token.refresh_token.reveal())


async def test_thirty_days_end_a_session_however_busy_it_is(desk: Desk) -> None:
    await desk.enrol()
    token = await desk.sign_in()
    for _ in range(5):
        desk.clock.advance(days=5, hours=23)
        token = await desk.refresh_session(token.refresh_token.reveal())
    session = desk.memory.people.sessions[token.session_id]
    assert token.refresh_expires_at == session.expires_at
    desk.clock.advance(minutes=5 * 60 - 5)
    last = await desk.refresh_session(token.refresh_token.reveal())
    assert last.access_expires_at == session.expires_at
    desk.clock.advance(minutes=5)
    await _refused(desk, last.refresh_token.reveal())
    with pytest.raises(Unauthenticated):
        await desk.authenticate(last.access_token)


@pytest.mark.parametrize("text", ["", "x", "A" * 43, "not-a-token" * 20, "\u0662" * 43, "A" * 42 + "="])
async def test_what_is_no_token_of_ours_is_refused_alike(desk: Desk, text: str) -> None:
    await desk.enrol()
    await desk.sign_in()
    await _refused(desk, text)


async def test_an_access_token_is_no_refresh_token(desk: Desk) -> None:
    await desk.enrol()
    await _refused(desk, (await desk.sign_in()).access_token.reveal())

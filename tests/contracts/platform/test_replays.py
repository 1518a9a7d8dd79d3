"""What the memory of idempotency keys promises."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.platform.database.transaction import Tenant, begin, read
from adapters.platform.idempotency import IdempotencyPurge, SqlReplays
from adapters.platform.ids import Uuid7Factory
from adapters.platform.outbox_table import outbox
from application.shared.idempotency import IdempotencyInProgress, IdempotencyMismatch, RequestKey, StoredResponse
from domain.shared.access import Actor
from domain.shared.errors import Invalid
from domain.shared.ids import OrganisationId, SessionId, UserId

pytestmark = pytest.mark.anyio

_NEW = Uuid7Factory()
_ANSWER = StoredResponse(201, (("content-type", "application/json"), ("etag", '"1"')), b'{"\xff\x00')


def _actor() -> Actor:
    return Actor(UserId(_NEW.new()), OrganisationId(_NEW.new()), SessionId(_NEW.new()), frozenset())


def _key(key: str = "k-1", route: str = "POST /trades", fingerprint: bytes = b"same") -> RequestKey:
    return RequestKey(route, key, fingerprint)


async def _effect(engine: AsyncEngine, actor: Actor) -> None:
    async with begin(engine, Tenant(actor.organisation_id)) as block:
        await block.connection.execute(
            insert(outbox).values(organisation_id=actor.organisation_id, id=_NEW.new(), name="effect", payload={})
        )
        await block.commit()


async def _effects(engine: AsyncEngine, actor: Actor) -> int:
    async with read(engine, Tenant(actor.organisation_id)) as connection:
        return (await connection.execute(select(func.count()).select_from(outbox))).scalar_one()


async def _request(
    engine: AsyncEngine, actor: Actor, key: RequestKey, answer: StoredResponse = _ANSWER
) -> StoredResponse | None:
    """Work on a request as a transport does; return the replay, if it was one."""
    async with SqlReplays(engine).attempt(actor, key) as attempt:
        if attempt.replay is None:
            await _effect(engine, actor)
            await attempt.store(answer)
        return attempt.replay


async def test_the_second_request_gets_the_first_answer_byte_for_byte_and_no_effect(engine: AsyncEngine) -> None:
    actor = _actor()
    assert await _request(engine, actor, _key()) is None
    assert await _request(engine, actor, _key(), StoredResponse(200, (), b"other")) == _ANSWER
    assert await _effects(engine, actor) == 1


async def test_the_same_key_for_another_request_is_refused(engine: AsyncEngine) -> None:
    actor = _actor()
    await _request(engine, actor, _key())
    with pytest.raises(IdempotencyMismatch):
        await _request(engine, actor, _key(fingerprint=b"other"))
    assert await _effects(engine, actor) == 1


async def test_users_organisations_and_routes_do_not_share_keys(engine: AsyncEngine) -> None:
    actor = _actor()
    colleague = replace(actor, user_id=UserId(_NEW.new()))
    await _request(engine, actor, _key())
    assert await _request(engine, actor, _key(route="POST /accounts", fingerprint=b"other")) is None
    assert await _request(engine, colleague, _key(fingerprint=b"other")) is None
    assert await _request(engine, replace(actor, organisation_id=OrganisationId(_NEW.new())), _key()) is None


async def test_a_request_that_stores_no_answer_has_no_effect_and_may_come_again(engine: AsyncEngine) -> None:
    actor = _actor()
    async with SqlReplays(engine).attempt(actor, _key()):
        await _effect(engine, actor)
    assert await _effects(engine, actor) == 0
    assert await _request(engine, actor, _key(fingerprint=b"corrected")) is None


async def test_while_one_request_is_worked_on_its_like_are_told_to_wait(engine: AsyncEngine) -> None:
    actor = _actor()
    async with SqlReplays(engine).attempt(actor, _key()) as attempt:
        # another task, since a task has one ambient transaction
        with pytest.raises(IdempotencyInProgress):
            await asyncio.create_task(_request(engine, actor, _key()))
        await attempt.store(_ANSWER)
    assert await _request(engine, actor, _key()) == _ANSWER


async def test_of_64_equal_requests_at_once_one_has_an_effect(engine: AsyncEngine) -> None:
    actor = _actor()
    outcomes: Counter[str] = Counter()

    async def send() -> None:
        try:
            replay = await _request(engine, actor, _key())
        except IdempotencyInProgress:
            outcomes["in progress"] += 1
        else:
            outcomes["effect" if replay is None else "replay"] += 1

    async with asyncio.TaskGroup() as tasks:
        for _ in range(64):
            tasks.create_task(send())
    assert outcomes["effect"] == 1
    assert outcomes.total() == 64
    assert await _effects(engine, actor) == 1


async def test_an_answer_is_kept_a_day_and_then_forgotten(engine: AsyncEngine) -> None:
    actor = _actor()
    await _request(engine, actor, _key())
    await _age(engine, actor, "24 hours")
    assert await IdempotencyPurge(engine)() == 0
    assert await _request(engine, actor, _key()) == _ANSWER
    await _age(engine, actor, "2 hours")
    assert await _request(engine, actor, _key(fingerprint=b"other")) is None
    await _age(engine, actor, "26 hours")
    assert await IdempotencyPurge(engine)() == 1


async def _age(engine: AsyncEngine, actor: Actor, by: str) -> None:
    async with begin(engine, Tenant(actor.organisation_id)) as block:
        await block.connection.execute(
            text("UPDATE idempotency_keys SET expires_at = expires_at - CAST(:by AS interval)"), {"by": by}
        )
        await block.commit()


@pytest.mark.parametrize("key", ["", "x" * 256, "line\nbreak", "emoji \N{ROCKET}", "nul\0"])
def test_a_key_is_short_printable_ascii(key: str) -> None:
    with pytest.raises(Invalid, match="idempotency key"):
        _key(key)
